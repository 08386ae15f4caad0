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

/** The message of anything thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
