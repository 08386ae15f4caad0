import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isFolder } from '../files';
import { onePhotographEach } from './photographs';
import { isImageName, plainName } from './plain-name';
import type { CaptionFile, CaptionRows, CaptionedImage, Problem } from './types';

/**
 * Folders in which the data sets' own archives keep their images, in lower case, in the order in which they are tried.
 */
const IMAGE_FOLDERS = [
  'images', 'flicker8k_dataset', 'flickr8k_dataset', 'flickr30k_images', 'flickr30k-images',
  'train2017', 'val2017', 'train2014', 'val2014',
]; // prettier-ignore

/** The subfolders in which a data set's images may be, and its folder itself as the last. */
export function imageFolders(dir: string): string[] {
  const there = isFolder(dir) ? readdirSync(dir).sort() : [];
  const named = IMAGE_FOLDERS.flatMap((folder) => there.filter((name) => name.toLowerCase() === folder));
  return [...named.map((name) => join(dir, name)).filter(isFolder), dir];
}

/**
 * Joins captions with the image files that exist, each photograph once. A file whose name differs by its ending, upper
 * case or the form of its accents (NFC, NFD) is taken where it is the only one; a missing file is a problem.
 * Whether an image can be decoded shows when its features are extracted.
 */
export function withImageFiles(
  { images, problems }: CaptionFile,
  folders: readonly string[],
): { images: CaptionedImage[]; problems: Problem[] } {
  const listings = new Listings();
  const found: CaptionedImage[] = [];
  const missing: Problem[] = [];
  for (const image of images) {
    const { id, captions, split } = image;
    const exact = candidatesOf(image, folders).find((file) => listings.has(file));
    const near = exact === undefined ? nearFiles(image, folders, listings) : [];
    const file = exact ?? (near.length === 1 ? near[0] : undefined);
    if (file !== undefined) found.push({ id, file, captions, ...(split ? { split } : {}) });
    else missing.push({ where: id, what: describeMissing(folders, near) });
  }
  const once = onePhotographEach(found);
  return { images: once.images, problems: [...problems, ...missing, ...once.problems] };
}

/** Where the file of an image may be, in the order in which it is looked for. */
function candidatesOf({ path, id }: CaptionRows, folders: readonly string[]): string[] {
  return [...(path === undefined ? [] : [path]), id].flatMap((name) =>
    folders.map((folder) => join(folder, name)),
  );
}

function nearFiles(image: CaptionRows, folders: readonly string[], listings: Listings): string[] {
  return [...new Set(candidatesOf(image, folders).flatMap((file) => listings.near(file)))];
}

function describeMissing(folders: readonly string[], near: readonly string[]): string {
  const searched = `image file is missing in ${folders.join(', ')}`;
  return near.length === 0 ? searched : `${searched}; near it are ${near.slice(0, 3).join(', ')}`;
}

/** The files of folders, each read once. */
class Listings {
  private readonly folders = new Map<string, Set<string>>();
  private readonly plain = new Map<string, Map<string, string[]>>();

  has(file: string): boolean {
    return this.filesIn(dirname(file)).has(basename(file));
  }

  /** Files beside it whose plain names are the same. */
  near(file: string): string[] {
    const folder = dirname(file);
    let names = this.plain.get(folder);
    if (!names) {
      names = new Map();
      for (const name of this.filesIn(folder)) {
        const plain = plainName(name);
        if (isImageName(name)) names.set(plain, [...(names.get(plain) ?? []), name]);
      }
      this.plain.set(folder, names);
    }
    return (names.get(plainName(basename(file))) ?? []).map((name) => join(folder, name));
  }

  private filesIn(folder: string): Set<string> {
    let names = this.folders.get(folder);
    if (!names) {
      names = new Set(isFolder(folder) ? readdirSync(folder) : []);
      this.folders.set(folder, names);
    }
    return names;
  }
}
