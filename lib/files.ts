import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { UserError, messageOf } from './errors';

/** The first of these names that exists in the folder, as a path. */
export function findFile(dir: string, names: readonly string[]): string | undefined {
  return names.map((name) => join(dir, name)).find((path) => existsSync(path));
}

/**
 * Makes a folder and its missing parents. Node's own `recursive` never returns for folders such as /proc/none.
 * @throws UserError where it cannot be made
 */
export function makeFolder(folder: string): void {
  if (isFolder(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    if (isFolder(folder)) return; // another process made it
    throw new UserError(
      `Cannot make the folder ${folder} (${messageOf(error)}): make ${dirname(folder)} writable or choose another folder.`,
    );
  }
}

/**
 * Writes a temporary file and renames it, so that the file never exists in part.
 * @throws UserError where it cannot be written
 */
export function writeAtomically(file: string, content: string | Uint8Array): void {
  makeFolder(dirname(file));
  const temporary = `${file}.${process.pid}.part`;
  try {
    writeFileSync(temporary, content);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new UserError(
      `Cannot write ${file} (${messageOf(error)}): make room and its folder writable, or choose another folder.`,
    );
  }
}

/**
 * Removes the files that this project wrote into a folder, known by their names. All else stays: other files, links and
 * what is behind them, the folders themselves. Where there is no folder, nothing is done. Nothing else of lib removes files of
 * a folder that a user may have named.
 * @param isOwn whether a file of this name, without its folder, is one of the project's
 * @param below whether files of subfolders are removed too
 */
export function removeOwnFiles(
  folder: string,
  isOwn: (name: string) => boolean,
  { below = false }: { below?: boolean } = {},
): void {
  if (!isFolder(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isFile() && isOwn(entry.name)) rmSync(path, { force: true });
    if (entry.isDirectory() && below) removeOwnFiles(path, isOwn, { below });
  }
}

/** A path that begins with `~/`, where no shell has replaced it by the home folder. A folder that is called `~` comes first. */
export function expandHome(path: string): string {
  return /^~(\/|$)/.test(path) && !existsSync(path) ? join(homedir(), path.slice(1)) : path;
}

/** Whether a path is that of a folder. */
export function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

/** Whether a path is that of a file. */
export function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}
