import { accessSync, constants, existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { isFolder, makeFolder, writeAtomically } from '../../files';
import { UserError } from '../../errors';
import { writtenPath } from './user-path';

/** What `--json` takes for standard output. */
export const STANDARD_OUTPUT = '-';

/** For the help of `--json`. */
export const JSON_OR_STDOUT = '(-: to standard output, where nothing else goes then)';

/**
 * The writer of the file that `--json` names. Call it before the work and before anything is printed, so that a file that
 * cannot be written is an error then and not after hours; call what it returns with the result.
 * @param typed relative to where the user stands
 * @param inputs files that the command reads, and folders whose files it reads: none of them is written over
 */
export function jsonFile(
  typed: string | undefined,
  inputs: readonly string[] = [],
): (result: unknown) => void {
  if (typed === undefined) return () => {};
  if (typed === STANDARD_OUTPUT) {
    keepStandardOutput();
    return (result) => void process.stdout.write(textOf(result));
  }
  const file = writtenPath(typed);
  checkWritable('--json', file, inputs);
  return (result) => writeAtomically(file, textOf(result));
}

/**
 * Makes the folder of a file that is to be written.
 * @throws UserError that names the flag where the file cannot be written or is one of the inputs
 */
export function checkWritable(flag: string, file: string, inputs: readonly string[]): void {
  if (isFolder(file)) throw new UserError(`${flag} ${file} is a folder: name a file in it.`);

  const input = inputs.find((one) => isOrHolds(one, file));
  if (input !== undefined) {
    throw new UserError(
      `${flag} ${file} would write over what this command reads (${input}): name another file.`,
    );
  }

  makeFolder(dirname(file));
  try {
    accessSync(dirname(file), constants.W_OK);
    if (existsSync(file)) accessSync(file, constants.W_OK);
  } catch {
    throw new UserError(`${flag} ${file} cannot be written: choose a file that you may write.`);
  }
}

/** From now on everything else that is printed goes to standard error. */
export function keepStandardOutput(): void {
  console.log = console.error;
}

const textOf = (result: unknown) => `${JSON.stringify(result, null, 1)}\n`;

/** Whether a file is the same as another one, under any name, or lies already in it where that is a folder. */
function isOrHolds(input: string, file: string): boolean {
  const real = (path: string) => (existsSync(path) ? realpathSync(path) : resolve(path));
  const way = relative(real(input), real(file));
  return way === '' || (isFolder(input) && existsSync(file) && !way.startsWith('..'));
}

/** The files that make a folder a model, for the inputs of `jsonFile`. */
export function modelFiles(folder: string): string[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const weights = names.filter((name) => name.endsWith('.safetensors'));
  return ['model.json', ...weights].map((name) => join(folder, name));
}
