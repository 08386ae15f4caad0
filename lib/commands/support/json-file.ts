import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder, writeAtomically } from '../../files';
import { UserError } from '../../errors';

/**
 * The writer of the file that `--json` names. Call it before the work, so that a file that cannot be written is an error
 * then and not after hours; call what it returns with the result.
 */
export function jsonFile(file: string | undefined): (result: unknown) => void {
  if (file === undefined) return () => {};
  if (existsSync(file) && statSync(file).isDirectory())
    throw new UserError(`--json ${file} is a folder: name a file in it.`);

  makeFolder(dirname(file));
  try {
    accessSync(dirname(file), constants.W_OK);
  } catch {
    throw new UserError(`--json ${file} cannot be written: choose a folder that you may write to.`);
  }
  return (result) => writeAtomically(file, `${JSON.stringify(result, null, 1)}\n`);
}
