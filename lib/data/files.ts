import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError, messageOf } from '../errors';
import type { CaptionFile, CaptionedImage, Problem } from './types';

/** Folders in which the data sets' own archives keep their images, in the order in which they are tried. */
const IMAGE_FOLDERS = [
  'images', 'Images', 'Flicker8k_Dataset', 'Flickr8k_Dataset', 'flickr30k_images', 'flickr30k-images',
  'train2017', 'val2017', 'train2014', 'val2014',
]; // prettier-ignore

/**
 * Reads a text file.
 * @param purpose what the file is, for the error: "captions"
 * @throws UserError where it cannot be read
 */
export function readText(file: string, purpose: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(
      `Cannot read ${file} (${messageOf(error)}): put the ${purpose} there or name another folder.`,
    );
  }
}

/** The first of these names that exists in the folder, as a path. */
export function findFile(dir: string, names: readonly string[]): string | undefined {
  return names.map((name) => join(dir, name)).find((path) => existsSync(path));
}

/** The subfolders in which a data set's images may be, and its folder itself as the last. */
export function imageFolders(dir: string): string[] {
  return [...IMAGE_FOLDERS.map((name) => join(dir, name)).filter(isFolder), dir];
}

/**
 * Joins captions with the image files that exist; a missing file is a problem.
 * Whether an image can be decoded shows when its features are extracted.
 */
export function withImageFiles(
  { images, problems }: CaptionFile,
  folders: readonly string[],
): { images: CaptionedImage[]; problems: Problem[] } {
  const listings = new Map<string, Set<string>>();
  const has = (folder: string, name: string): boolean => {
    const path = dirname(join(folder, name));
    let names = listings.get(path);
    if (!names) {
      names = new Set(isFolder(path) ? readdirSync(path) : []);
      listings.set(path, names);
    }
    return names.has(name.split('/').pop() as string);
  };
  const found: CaptionedImage[] = [];
  const missing: Problem[] = [];
  for (const { id, path, captions } of images) {
    const file = [path, id]
      .filter((name) => name !== undefined)
      .flatMap((name) =>
        folders.filter((folder) => has(folder, name)).map((folder) => join(folder, name)),
      )[0];
    if (file) found.push({ id, file, captions });
    else missing.push({ where: id, what: 'image file is missing' });
  }
  return { images: found, problems: [...problems, ...missing] };
}

/** Writes a list of problems, one a line (`where<TAB>what`). */
export function writeProblems(file: string, problems: readonly Problem[]): void {
  const oneLine = (text: string): string => text.replace(/\s+/g, ' ');
  writeAtomically(file, problems.map(({ where, what }) => `${oneLine(where)}\t${oneLine(what)}\n`).join(''));
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
    throw new UserError(`Cannot make the folder ${folder} (${messageOf(error)}): choose another folder.`);
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
      `Cannot write ${file} (${messageOf(error)}): free disk space there or choose another folder.`,
    );
  }
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
