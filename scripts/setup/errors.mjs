import { variableNotes } from '../environment.mjs';

/** An error that the user can fix: one sentence with the problem and the remedy. */
export class SetupError extends Error {
  name = 'SetupError';
}

/**
 * Runs the main function of a script: a SetupError ends it with its one sentence and status 1, as does an error of the operating
 * system. Where nobody reads what
 * it prints any more (`npm run setup | head -1`), it ends as it would else.
 * @param {() => Promise<number>} main gives the exit status
 */
export async function runMain(main) {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);
  for (const note of variableNotes(process.env)) process.stderr.write(`${note}\n`);
  try {
    process.exitCode = await main();
  } catch (error) {
    const sentence = error instanceof SetupError ? error.message : explainSystemError(error);
    if (!sentence) throw error;
    process.stderr.write(`\n${sentence}\n`);
    process.exitCode = 1;
  }
}

/** @type {Record<string, string>} */
const systemReasons = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your share of the disk is full',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is a file, not a folder',
  ELOOP: 'its links lead in a circle',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'the name is too long',
};

/**
 * @param {unknown} error
 * @returns {string | undefined} undefined for errors of other kinds
 */
export function explainSystemError(error) {
  const { code = '', path } = /** @type {NodeJS.ErrnoException} */ (error);
  if (!(code in systemReasons)) return undefined;
  return `${path ?? 'A file'} cannot be used (${systemReasons[code]}): make the project folder yours and writable, with room on its disk, and run the command again.`;
}

/** @param {NodeJS.ErrnoException} error */
function ignoreClosedPipe(error) {
  if (error.code !== 'EPIPE') throw error;
}
