import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../errors';
import { isFolder } from '../files';

/** Names of a folder's files that an error lists. */
const LISTED = 5;

/**
 * The error of a data set's folder that has none of the files to read.
 * @param wanted names of these files
 */
export function nothingToRead(folder: string, wanted: readonly string[]): UserError {
  const names = wanted.join(', ');
  const broken = folderProblem(folder);
  if (broken) return new UserError(broken);
  const deeper = foundBelow(folder, wanted);
  const remedy = deeper
    ? `name ${deeper} with --data-dir or DATA_DIR`
    : 'put it there, or name another folder (--data-dir, DATA_DIR) or data set (--dataset, DATASET)';
  return new UserError(
    `${folder} has no ${names}${wanted.length > 1 ? ' (one of them is needed)' : ''}; ${contentsOf(folder)}: ${remedy}.`,
  );
}

/**
 * What is wrong with a folder of data: a sentence, or nothing where it is a folder.
 * @param flags how it is named
 */
export function folderProblem(folder: string, flags = '--data-dir or DATA_DIR'): string | undefined {
  if (isFolder(folder)) return undefined;
  return existsSync(folder)
    ? `${folder} is a file, not a folder: name the folder that it is in with ${flags}: ${dirname(folder)}.`
    : `The folder ${folder} does not exist: name the folder of the data with ${flags}.`;
}

/** The subfolder that has one of the files, if only one does. */
function foundBelow(folder: string, wanted: readonly string[]): string | undefined {
  const having = readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((below) => wanted.some((name) => existsSync(join(below, name))));
  return having.length === 1 ? having[0] : undefined;
}

/** What a folder holds, in a few words. */
function contentsOf(folder: string): string {
  const entries = readdirSync(folder).filter((name) => !name.startsWith('.'));
  if (entries.length === 0) return 'it is empty';
  const named = entries
    .sort((a, b) => Number(isFolder(join(folder, b))) - Number(isFolder(join(folder, a))))
    .slice(0, LISTED)
    .map((name) => (isFolder(join(folder, name)) ? `${name}/` : basename(name)));
  const more = entries.length > LISTED ? ` and ${entries.length - LISTED} more` : '';
  return `it has ${named.join(', ')}${more}`;
}
