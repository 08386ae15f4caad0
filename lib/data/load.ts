import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import type { DataOptions } from './options';
import { UserError } from '../errors';
import { expandHome } from '../files';
import type { StartProgress } from '../progress/progress';
import type { Source } from './datasets/definition';
import { datasetDefinition } from './datasets/registry';
import { imageFolders, withImageFiles } from './image-files';
import { filterTrainingCaptions } from './filter';
import { limitSplits, listedSplits, namedSplits, randomSplits, withValidation } from './splits';
import type { CaptionedImage, Dataset, Problem, Splits } from './types';

/**
 * Loads a data set: captions, image files and splits by image. What is broken, empty or missing is left out and listed
 * in `problems`.
 *
 * Training captions shorter than `minWords` or longer than `maxWords` are left out; the captions
 * of validation and test images are the references that generated captions are scored against,
 * and all of them stay.
 * @throws UserError where nothing remains to train on
 */
export async function loadDataset(options: DataOptions, progress?: StartProgress): Promise<Dataset> {
  const dir = resolve(expandHome(options.dataDir));
  const { dataset, limit, seed } = options;
  const source = await datasetDefinition(dataset).read({ folder: dir, limit, seed }, progress);
  const { images: present, problems } = withImageFiles(source.captions, imageFolders(dir));
  if (present.length === 0) {
    const count = source.captions.images.length;
    const why = problemSummary(problems);
    throw new UserError(
      count === 0
        ? `No caption of ${dataset} in ${dir} can be read (${why}): check the caption file.`
        : `None of the ${count} images with captions of ${dataset} is in ${dir} (${why}): put them into its folder images/.`,
    );
  }
  const splits = limitSplits(chooseSplits(source, present, options, problems), limit, seed);
  const filtered = filterTrainingCaptions(present, splits, options);
  problems.push(...filtered.problems);
  if (filtered.splits.train.length === 0) {
    throw new UserError(
      `No training image of ${dataset} remains in ${dir} (${problemSummary(problems)}): ` +
        'check the split lists, minWords and maxWords.',
    );
  }
  return {
    name: dataset,
    fingerprint: fingerprintOf(present.map(({ id }) => id)),
    images: filtered.images,
    splits: filtered.splits,
    problems,
    filteredCaptions: filtered.filteredCaptions,
  };
}

/** 12 hexadecimal digits of the names of images, in whatever order they come. */
function fingerprintOf(ids: string[]): string {
  return createHash('sha256').update(ids.sort().join('\n')).digest('hex').slice(0, 12);
}

/** The first problem and the number of all, in a few words. */
function problemSummary(problems: readonly Problem[]): string {
  if (problems.length === 0) return 'no problems';
  const { where, what } = problems[0];
  return `${problems.length} problem${problems.length === 1 ? '' : 's'}, the first: ${where}: ${what}`;
}

/** Splits as the options ask: official lists or named splits where there are any, else at random. */
function chooseSplits(
  source: Source,
  images: readonly CaptionedImage[],
  { splits, seed, dataset, dataDir }: DataOptions,
  problems: Problem[],
): Splits {
  const ids = images.map(({ id }) => id);
  if (splits !== 'random') {
    if (source.lists && Object.keys(source.lists).length > 0) {
      const listed = listedSplits(ids, source.lists);
      problems.push(...listed.problems);
      return withValidation(listed.splits, seed);
    }
    const named = namedSplits(images);
    if (named) return withValidation(named, seed);
    if (splits === 'official') {
      throw new UserError(
        `There are no official splits of ${dataset} in ${dataDir}: add the lists or use random splits.`,
      );
    }
  }
  return randomSplits(ids, seed);
}
