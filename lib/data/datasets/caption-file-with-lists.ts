import { readCaptionFile } from '../caption-file';
import { nothingToRead } from '../data-folder';
import { findFile } from '../../files';
import { readText } from '../../text-file';
import { parseImageList, type SplitLists } from '../splits';
import type { SplitName } from '../types';
import type { Source } from './definition';

/** Lists of images, one for each split, as most data sets call them. */
export const SPLIT_LISTS: Record<SplitName, string> = {
  train: 'train.txt',
  validation: 'val.txt',
  test: 'test.txt',
};

/**
 * Reads a folder with one caption file and a list of images for each split; lists may be missing.
 * @param captionFiles names that the caption file may have, in the order in which they are tried
 * @throws UserError where there is none of them
 */
export function readWithLists(
  folder: string,
  captionFiles: readonly string[],
  listFiles: Record<SplitName, string>,
): Source {
  const file = findFile(folder, captionFiles);
  if (file === undefined) throw nothingToRead(folder, captionFiles);
  const lists: SplitLists = {};
  for (const [split, name] of Object.entries(listFiles)) {
    const list = findFile(folder, [name]);
    if (list !== undefined) lists[split as SplitName] = parseImageList(readText(list, 'list of images'));
  }
  return { captions: readCaptionFile(file), lists };
}
