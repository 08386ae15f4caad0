import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { isFolder, makeFolder, writeAtomically } from '../../files';
import { UserError } from '../../errors';

/** What `--json` takes for standard output. */
const STANDARD_OUTPUT = '-';

/** For the help of `--json`. */
export const JSON_OR_STDOUT = '(-: to standard output, where nothing else goes then)';

/**
 * The writer of the file that `--json` names. Call it before the work and before anything is printed, so that a file that
 * cannot be written is an error then and not after hours; call what it returns with the result.
 * @param inputs files that the command reads, and folders whose files it reads: none of them is written over
 */
export function jsonFile(file: string | undefined, inputs: readonly string[] = []): (result: unknown) => void {
  if (file === undefined) return () => {};
  if (file === STANDARD_OUTPUT) return standardOutput();
  if (isFolder(file)) throw new UserError(`--json ${file} is a folder: name a file in it.`);

  const input = inputs.find((one) => isOrHolds(one, file));
  if (input !== undefined)
    throw new UserError(`--json ${file} would write over what this command reads (${input}): name another file.`);

  makeFolder(dirname(file));
  try {
    accessSync(dirname(file), constants.W_OK);
    if (existsSync(file)) accessSync(file, constants.W_OK);
  } catch {
    throw new UserError(`--json ${file} cannot be written: choose a file that you may write.`);
  }
  return (result) => writeAtomically(file, textOf(result));
}

/** From now on everything else that is printed goes to standard error. */
function standardOutput(): (result: unknown) => void {
  console.log = console.error;
  return (result) => void process.stdout.write(textOf(result));
}

const textOf = (result: unknown) => `${JSON.stringify(result, null, 1)}\n`;

/** Whether an existing file is the same as another path, under any name, or lies in it where that is a folder. */
function isOrHolds(input: string, file: string): boolean {
  if (!existsSync(input) || !existsSync(file)) return false;
  const way = relative(realpathSync(input), realpathSync(file));
  return way === '' || (isFolder(input) && !way.startsWith('..'));
}
