import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { IMAGE_ENDINGS } from '../../data/plain-name';
import { ImageError, UserError } from '../../errors';
import { expandHome, isFolder } from '../../files';
import { PROJECT_ROOT } from '../../project-root';
import { kindOf } from '../../vision/images/kinds';
import type { ImageSource } from '../../vision/images/source';
import { imagePath, isAddress, pathOf, userFolder } from './user-path';

/** Stands for standard input. */
const STANDARD_INPUT = '-';

/** An image as it was named, and where it is read from. */
export interface ListedImage {
  name: string;
  source: ImageSource;
  /** where there is no such file */
  error?: ImageError;
}

/** For the help of commands that take images. */
export const IMAGES_HELP =
  'image files, http(s) addresses, folders (with their subfolders, without hidden files), patterns in quotation marks such as ' +
  "'photos/*.jpg', or - for standard input: a path or address a line, or an image itself";

/**
 * The images that arguments name, each once: those of folders and patterns sorted by name.
 * @param readInput reads standard input to its end
 * @throws UserError where a folder, a pattern or standard input gives none
 */
export async function listImages(
  names: readonly string[],
  readInput: () => Promise<Buffer> = readStandardInput,
): Promise<ListedImage[]> {
  const images = new Map<string, ListedImage>();
  for (const name of new Set(names)) {
    for (const image of await imagesOf(name, readInput))
      if (!images.has(image.name)) images.set(image.name, image);
  }

  return [...images.values()];
}

async function imagesOf(name: string, readInput: () => Promise<Buffer>): Promise<ListedImage[]> {
  if (name === STANDARD_INPUT) return imagesOfInput(await readInput());
  const path = pathOf(name);
  if (isFolder(path)) {
    const found = await filesBelow(path);
    if (found.length > 0) return found.map((file) => ({ name: join(name, file), source: join(path, file) }));
    throw new UserError(`${name} holds no image (${IMAGE_ENDINGS.join(', ')}): name another folder.`);
  }
  if (existsSync(path) || isAddress(name) || !isDynamicPattern(name)) return [imageAt(name)];
  const found = await matches(expandHome(name));
  if (found.length > 0) return found.map(imageAt);
  throw new UserError(`No file matches ${name}: write another pattern, or the path of an image.`);
}

/** Files of a folder and its subfolders, relative to it. Links to folders are followed, but never in a circle. */
async function filesBelow(folder: string): Promise<string[]> {
  const pattern = `**/*.{${IMAGE_ENDINGS.join(',')}}`;
  const found = await glob(pattern, { cwd: folder, caseSensitiveMatch: false, expandDirectories: false });
  return found.sort();
}

/** Files that a pattern matches where the user stands, else in the project's folder, where data/ is. */
async function matches(pattern: string): Promise<string[]> {
  const options = { absolute: isAbsolute(pattern), expandDirectories: false };
  for (const cwd of [userFolder(), PROJECT_ROOT]) {
    const found = await glob(pattern, { ...options, cwd });
    if (found.length > 0) return found.sort();
  }
  return [];
}

/** Standard input is the bytes of an image, or a list of images. */
function imagesOfInput(bytes: Buffer): ListedImage[] {
  const kind = kindOf(bytes);
  if (kind !== undefined && kind.name !== 'a text') return [{ name: 'standard input', source: bytes }];
  const lines = bytes
    .toString()
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  if (lines.length > 0) return lines.map(imageAt);
  throw new UserError(
    'Standard input (-) is empty: give a path or address a line, or the bytes of an image.',
  );
}

/** An image by its path or address. */
function imageAt(name: string): ListedImage {
  try {
    return { name, source: imagePath(name) };
  } catch (error) {
    if (error instanceof ImageError) return { name, source: name, error };
    throw error;
  }
}

async function readStandardInput(): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of process.stdin) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
