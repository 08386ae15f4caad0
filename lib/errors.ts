/**
 * An error that its user can mend: one sentence that names the file, the value and the remedy.
 * Commands print its message without a stack trace and exit with status 1.
 */
export class UserError extends Error {
  override name = 'UserError';
}

/** An image that cannot be read or decoded. */
export class ImageError extends UserError {}

/** A training whose loss is no number any more. */
export class DivergedError extends UserError {}

/** Work that ended because its user asked to stop. Commands exit with status 130, as those that SIGINT ended. */
export class StoppedError extends UserError {}

/** What the codes of the operating system's errors say, in plain words. */
const systemReasons: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the disk is read-only',
  ENOENT: 'there is no such file or folder',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'there is something of this name already',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'the name is too long',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your share of the disk is full',
  EFBIG: 'the file is too large for the disk',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  EIO: 'the disk could not be read or written',
  ESTALE: 'the network disk is gone',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the host could not be looked up',
  ECONNREFUSED: 'nothing answers there',
  ECONNRESET: 'the connection was cut off',
  ETIMEDOUT: 'nothing answered in time',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'there is no network',
  UND_ERR_SOCKET: 'the connection was cut off',
  UND_ERR_CONNECT_TIMEOUT: 'nothing answered in time',
};

/** The reason that an error of the operating system gives, in plain words; undefined of other errors. */
export function systemReason(thrown: unknown): string | undefined {
  const code = (thrown as { code?: unknown } | undefined)?.code;
  return thrown instanceof Error && typeof code === 'string' ? systemReasons[code] : undefined;
}

/** The message of anything thrown, in one line; of an error of the operating system, its reason in plain words. */
export function messageOf(thrown: unknown): string {
  const message = systemReason(thrown) ?? (thrown instanceof Error ? thrown.message : String(thrown));
  return message.replace(/\s*\n\s*/g, ' ');
}

/**
 * An error of the operating system that no other code has explained, as one for its user: which file, and why.
 * @returns undefined for other errors
 */
export function systemError(thrown: unknown): UserError | undefined {
  const reason = systemReason(thrown);
  if (reason === undefined) return undefined;
  const { path, dest } = thrown as NodeJS.ErrnoException & { dest?: string };
  const files = [path, dest].filter((file) => file !== undefined).join(' or ');
  return new UserError(
    `${files || 'A file'} cannot be used (${reason}): check that it is there and that you may read and write it.`,
  );
}
