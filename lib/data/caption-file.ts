import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UserError } from '../errors';
import { isFolder } from '../files';
import { readText } from '../text-file';
import { nothingToRead } from './data-folder';
import { captionFormats } from './formats/registry';
import type { CaptionFile, SplitName } from './types';

/**
 * Reads one caption file of any registered format, recognized by its content. Problems name the file.
 * @param split the split that all its images belong to, where the file names none itself
 * @throws UserError where the file cannot be read or no format recognizes it
 */
export function readCaptionFile(file: string, split?: SplitName): CaptionFile {
  return parseCaptions(readText(file, 'captions'), file, split);
}

/** The same for a text that has been read. */
export function parseCaptions(text: string, file: string, split?: SplitName): CaptionFile {
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
 * @param like the pattern as people write it, for the error: 'captions_*.json'
 * @throws UserError where there are none
 */
export function captionFilesIn(folder: string, pattern: RegExp, like: string): string[] {
  const files = [folder, join(folder, 'annotations')].filter(isFolder).flatMap((one) =>
    readdirSync(one)
      .filter((name) => pattern.test(name))
      .sort()
      .map((name) => join(one, name)),
  );
  if (files.length === 0) throw nothingToRead(folder, [like]);
  return files;
}

/** One list out of several caption files. Images of the same name stay apart: their files tell if they are the same. */
export function mergeCaptionFiles(files: readonly CaptionFile[]): CaptionFile {
  return {
    images: files.flatMap(({ images }) => images),
    problems: files.flatMap(({ problems }) => problems),
  };
}
