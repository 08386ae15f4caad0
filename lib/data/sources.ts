import { resolve } from 'node:path';
import type { DataOptions } from '../config/options';
import { UserError } from '../errors';
import type { StartProgress } from '../progress/progress';
import { findFile, readText } from './files';
import { parseCaptionCsv, parseTokenFile } from './flickr8k';
import { parseImageList, type SplitLists } from './splits';
import type { CaptionFile, SplitName } from './types';

/** A data set's captions, and its official lists where it has any. */
export interface Source {
  captions: CaptionFile;
  lists?: SplitLists;
  /** Where the images are, if not in one of the usual folders. */
  imageFolders?: string[];
}

/** Reads the caption file and the split lists of the data set that the options name. */
export async function readSource(options: DataOptions, _progress?: StartProgress): Promise<Source> {
  const dir = resolve(options.dataDir);
  switch (options.dataset) {
    case 'flickr8k':
      return readFlickr8k(dir);
    default:
      throw new UserError(`The data set ${options.dataset} can't be read: use another one.`);
  }
}

const FLICKR8K_LISTS: Record<SplitName, string> = {
  train: 'Flickr_8k.trainImages.txt',
  validation: 'Flickr_8k.devImages.txt',
  test: 'Flickr_8k.testImages.txt',
};

/** Flickr8k as its authors publish it (token file, lists) or as Kaggle has it (captions.txt). */
function readFlickr8k(dir: string): Source {
  const file = findFile(dir, ['Flickr8k.token.txt', 'captions.txt', 'captions.csv']);
  if (!file) {
    throw new UserError(`There is neither Flickr8k.token.txt nor captions.txt in ${dir}: name Flickr8k's folder as dataDir.`);
  }
  const text = readText(file, 'captions of Flickr8k');
  const lists: SplitLists = {};
  for (const [side, name] of Object.entries(FLICKR8K_LISTS)) {
    const list = findFile(dir, [name]);
    if (list) lists[side as SplitName] = parseImageList(readText(list, 'list of images'));
  }
  return { captions: file.endsWith('token.txt') ? parseTokenFile(text) : parseCaptionCsv(text), lists };
}
