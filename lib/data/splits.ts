import { Random } from '../random';
import { splitLines } from '../text-file';
import { imageFinder } from './photographs';
import type { CaptionedImage, Problem, SplitName, Splits } from './types';

/** The lists of ids of the splits for which there is a list file. */
export type SplitLists = Partial<Record<SplitName, string[]>>;

export const noSplits = (): Splits => ({ train: [], validation: [], test: [] });

/** Reads a list of images, one name a line (Flickr_8k.trainImages.txt). */
export function parseImageList(text: string): string[] {
  return splitLines(text)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/**
 * A seeded split by image: 90 % for training, 10 % for validation, of two or more images at least one. The same seed
 * and ids (in any order) give the same split.
 */
export function randomSplits(ids: readonly string[], seed: number): Splits {
  const shuffled = new Random(seed, 'split').shuffle([...ids].sort());
  const count = Math.max(Math.round(ids.length / 10), ids.length > 1 ? 1 : 0);
  const validation = new Set(shuffled.slice(0, count));
  return {
    train: ids.filter((id) => !validation.has(id)),
    validation: ids.filter((id) => validation.has(id)),
    test: [],
  };
}

/**
 * Splits by official lists. An id in two lists stays in the first of test, validation, train, so
 * that no evaluated image is trained on; a listed image that does not exist and an image in no
 * list are problems too. Names in lists are read as `imageFinder` does.
 */
export function listedSplits(
  ids: readonly string[],
  lists: SplitLists,
): { splits: Splits; problems: Problem[] } {
  const problems: Problem[] = [];
  const splitOf = new Map<string, SplitName>();
  const find = imageFinder(ids);
  for (const split of ['test', 'validation', 'train'] as const) {
    for (const name of lists[split] ?? []) {
      const id = find(name);
      const before = id === undefined ? undefined : splitOf.get(id);
      if (id === undefined)
        problems.push({ where: name, what: `in the ${split} list, but without captions or image` });
      else if (before === undefined) splitOf.set(id, split);
      else problems.push({ where: id, what: `in the ${split} list, but also in the ${before} list` });
    }
  }
  const splits = noSplits();
  for (const id of ids) {
    const split = splitOf.get(id);
    if (split) splits[split].push(id);
    else problems.push({ where: id, what: 'in none of the split lists' });
  }
  return { splits, problems };
}

/** The splits that the caption file itself names; undefined where it names none. */
export function namedSplits(images: readonly Pick<CaptionedImage, 'id' | 'split'>[]): Splits | undefined {
  if (!images.some(({ split }) => split)) return undefined;
  const splits = noSplits();
  for (const { id, split } of images) splits[split ?? 'train'].push(id);
  return splits;
}

/** Splits with validation images: where there are none, a seeded tenth of the training images. */
export function withValidation(splits: Splits, seed: number): Splits {
  if (splits.validation.length > 0 || splits.train.length < 2) return splits;
  const { train, validation } = randomSplits(splits.train, seed);
  return { ...splits, train, validation };
}

/**
 * At most `limit` images in all (0: no limit), a seeded sample of each split in proportion to its
 * size, at least one of each split that has any. The sample of a smaller limit is part of that of a larger
 * one, unless the data set itself makes no more images than the limit, as drawn scenes do: fewer are split anew.
 */
export function limitSplits(splits: Splits, limit: number, seed: number): Splits {
  const total = splits.train.length + splits.validation.length + splits.test.length;
  if (limit === 0 || total <= limit) return splits;
  const sample = (split: SplitName): string[] => {
    const ids = splits[split];
    const count = Math.max(1, Math.floor((ids.length * limit) / total));
    const kept = new Set(new Random(seed, 'limit', split).shuffle(ids).slice(0, count));
    return ids.filter((id) => kept.has(id));
  };
  return { train: sample('train'), validation: sample('validation'), test: sample('test') };
}
