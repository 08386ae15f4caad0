import { existsSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { DataOptions } from '../config/options';
import { UserError } from '../errors';
import type { StartProgress } from '../progress/progress';
import { parseCocoCaptions } from './coco';
import { findFile, readText } from './files';
import { parseCaptionCsv, parseTokenFile } from './flickr8k';
import { parseResultsCsv } from './flickr30k';
import { parseKarpathy } from './karpathy';
import { drawScenes } from '../scenes/draw';
import { parseImageList, type SplitLists } from './splits';
import type { CaptionFile, CaptionRows, Problem, SplitName } from './types';

/** A data set's captions, and its official lists where it has any. */
export interface Source {
  captions: CaptionFile;
  lists?: SplitLists;
}

/** Reads the caption file and the split lists of the data set that the options name. */
export async function readSource(options: DataOptions, progress?: StartProgress): Promise<Source> {
  const dir = resolve(options.dataDir);
  switch (options.dataset) {
    case 'scenes':
      return readScenes(dir, options, progress);
    case 'flickr8k':
      return readFlickr(dir, ['Flickr8k.token.txt', 'captions.txt', 'captions.csv'], FLICKR8K_LISTS);
    case 'flickr30k':
      return readFlickr(dir, ['results.csv', 'results_20130124.token', 'captions.txt'], FLICKR30K_LISTS);
    case 'coco':
      return { captions: readCoco(dir) };
    case 'karpathy':
      return { captions: readKarpathy(dir) };
  }
}

/** Number of scenes of the embedded data set, unless there is a limit. */
export const SCENE_COUNT = 2400;

async function readScenes(
  dir: string,
  { limit, seed }: DataOptions,
  progress?: StartProgress,
): Promise<Source> {
  const scenes = await drawScenes(dir, { count: limit || SCENE_COUNT, seed, progress });
  const images = scenes.map(({ id, captions }) => ({ id, captions }));
  return { captions: { images, problems: [] } };
}

const FLICKR8K_LISTS: Record<SplitName, string[]> = {
  train: ['Flickr_8k.trainImages.txt'],
  validation: ['Flickr_8k.devImages.txt'],
  test: ['Flickr_8k.testImages.txt'],
};

const FLICKR30K_LISTS: Record<SplitName, string[]> = {
  train: ['train.txt'],
  validation: ['val.txt'],
  test: ['test.txt'],
};

/** Flickr8k and Flickr30k: one caption file, and lists of images that may be missing. */
function readFlickr(dir: string, captionFiles: string[], listFiles: Record<SplitName, string[]>): Source {
  const file = findFile(dir, captionFiles);
  if (!file) {
    throw new UserError(
      `There is none of ${captionFiles.join(', ')} in ${dir}: name the data set's folder as dataDir.`,
    );
  }
  const lists: SplitLists = {};
  for (const [side, names] of Object.entries(listFiles)) {
    const list = findFile(dir, names);
    if (list) lists[side as SplitName] = parseImageList(readText(list, 'list of images'));
  }
  return { captions: readCaptionFile(file), lists };
}

/**
 * Reads one caption file of any known form, told by its name and first characters. Problems name
 * the file. Throws a UserError if the file can't be read or is of no known form.
 */
export function readCaptionFile(file: string, split?: SplitName): CaptionFile {
  const { images, problems } = parseCaptions(readText(file, 'captions'), file, split);
  const name = basename(file);
  return { images, problems: problems.map(({ where, what }) => ({ where: `${name}: ${where}`, what })) };
}

function parseCaptions(text: string, file: string, split?: SplitName): CaptionFile {
  const start = text
    .slice(0, 1000)
    .replace(/^\uFEFF/, '')
    .trimStart();
  const firstLine = start.split(/[\r\n]/, 1)[0];
  if (start.startsWith('{'))
    return /"annotations"\s*:/.test(text) ? parseCocoCaptions(text, file, split) : parseKarpathy(text, file);

  if (/#\d+\t/.test(firstLine)) return parseTokenFile(text);
  if (firstLine.includes('|')) return parseResultsCsv(text);
  if (/^"?(image|image_name)"?\s*,/i.test(firstLine)) return parseCaptionCsv(text);
  // A token file whose first line is broken is still one.
  if (/#\d+\t/.test(text)) return parseTokenFile(text);
  throw new UserError(
    `${file} is no caption file known here: give a token file, results.csv, a CSV with the columns image and caption, ` +
      "COCO's or Karpathy's JSON.",
  );
}

/** COCO: every captions_*.json in the folder or its annotations/; names with train and val make the splits. */
function readCoco(dir: string): CaptionFile {
  const files = jsonFiles(dir, /^captions_.*\.json$/);
  const splitOf = (file: string): SplitName | undefined =>
    /train/.test(basename(file)) ? 'train' : /val/.test(basename(file)) ? 'validation' : 'test';
  const together = files.some((file) => splitOf(file) === 'train');
  return mergeCaptionFiles(files.map((file) => readCaptionFile(file, together ? splitOf(file) : undefined)));
}

function readKarpathy(dir: string): CaptionFile {
  return mergeCaptionFiles(jsonFiles(dir, /^dataset.*\.json$/).map((file) => readCaptionFile(file)));
}

function jsonFiles(dir: string, pattern: RegExp): string[] {
  const files = [dir, join(dir, 'annotations')]
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => pattern.test(name))
        .sort()
        .map((name) => join(folder, name)),
    );
  if (files.length === 0) {
    throw new UserError(
      `There is no file like ${pattern.source} in ${dir}: name the data set's folder as dataDir.`,
    );
  }
  return files;
}

/** One list out of several caption files; an image of two files stays in the first. */
function mergeCaptionFiles(files: readonly CaptionFile[]): CaptionFile {
  const images = new Map<string, CaptionRows>();
  const problems: Problem[] = files.flatMap((file) => file.problems);
  for (const image of files.flatMap((file) => file.images)) {
    if (images.has(image.id)) problems.push({ where: image.id, what: 'in two caption files' });
    else images.set(image.id, image);
  }
  return { images: [...images.values()], problems };
}
