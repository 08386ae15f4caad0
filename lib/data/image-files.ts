import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isFolder, writeAtomically } from '../files';
import type { CaptionFile, CaptionedImage, Problem } from './types';

/** Folders in which the data sets' own archives keep their images, in the order in which they are tried. */
const IMAGE_FOLDERS = [
  'images', 'Images', 'Flicker8k_Dataset', 'Flickr8k_Dataset', 'flickr30k_images', 'flickr30k-images',
  'train2017', 'val2017', 'train2014', 'val2014',
]; // prettier-ignore

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
