import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UserError } from '../errors';
import { readText } from '../files';
import { captionFormats } from './formats/registry';
import type { CaptionFile, CaptionRows, Problem, SplitName } from './types';

/**
 * Reads one caption file of any registered format, recognized by its content. Problems name the file.
 * @param split the split that all its images belong to, where the file names none itself
 * @throws UserError where the file cannot be read or no format recognizes it
 */
export function readCaptionFile(file: string, split?: SplitName): CaptionFile {
  const text = readText(file, 'captions');
  const formats = captionFormats();
  const format = formats.find((one) => one.recognizes(text));
  if (format === undefined) {
    const names = formats.map(({ name }) => name).join(', ');
    throw new UserError(`${file} is not a caption file of a known format: expected one of ${names}.`);
  }
  const { images, problems } = format.parse(text, file, split);
  const name = basename(file);
  return { images, problems: problems.map(({ where, what }) => ({ where: `${name}: ${where}`, what })) };
}

/**
 * The files of a data set's folder, or of its annotations/, whose names match a pattern.
 * @throws UserError where there are none
 */
export function captionFilesIn(folder: string, pattern: RegExp): string[] {
  const files = [folder, join(folder, 'annotations')]
    .filter((one) => existsSync(one))
    .flatMap((one) =>
      readdirSync(one)
        .filter((name) => pattern.test(name))
        .sort()
        .map((name) => join(one, name)),
    );
  if (files.length === 0) {
    throw new UserError(
      `There is no file like ${pattern.source} in ${folder}: name the data set's folder as dataDir.`,
    );
  }
  return files;
}

/** One list out of several caption files; an image of two files stays in the first. */
export function mergeCaptionFiles(files: readonly CaptionFile[]): CaptionFile {
  const images = new Map<string, CaptionRows>();
  const problems: Problem[] = files.flatMap((file) => file.problems);
  for (const image of files.flatMap((file) => file.images)) {
    if (images.has(image.id)) problems.push({ where: image.id, what: 'in two caption files' });
    else images.set(image.id, image);
  }
  return { images: [...images.values()], problems };
}
