import '../native/backend';
import path from 'node:path';
import type { DataOptions } from '../data/options';
import type { EncoderOptions } from '../vision/options';
import { writeProblems } from '../data/image-files';
import { loadDataset } from '../data/load';
import { Tokenizer } from '../tokenizer';
import type { CaptionedImage, Dataset, Problem, SplitName } from '../data/types';
import { UserError } from '../errors';
import { extractFeatures, type ImageFile } from '../vision/features/extract';
import { FeatureExtractor, type FeaturePrecision } from '../vision/features/feature-extractor';
import type { FeatureStore } from '../vision/features/store';
import { imageOfAugmentation, augmentationsOf, type Augmentations } from '../vision/features/augmentations';
import type { References } from '../metrics/types';
import { resolvePrecision } from '../native/precision';
import type { StartProgress } from '../progress/progress';
import { loadEncoder, type LoadedEncoder } from '../vision/weights/load-encoder';

/** Folder of the feature caches. */
export const FEATURES_FOLDER = 'data/features';

export interface Hooks {
  progress?: StartProgress;
  signal?: AbortSignal;
}

/** A data set with the features of its images: what training and evaluation start from. */
export interface Prepared {
  dataset: Dataset;
  images: Map<string, CaptionedImage>;
  tokenizer: Tokenizer;
  encoder: LoadedEncoder;
  features: FeatureStore;
  /** with which the features were extracted */
  precision: FeaturePrecision;
  /** variants of the training images, whose features are there too */
  augmentations?: Augmentations;
  /** everything that was left out and why; also in `problemsFile`, if anything was */
  problems: Problem[];
  problemsFile?: string;
}

/**
 * Loads a data set, computes the features that are not in the cache yet, and fits the tokenizer on the training
 * captions. Images that cannot be decoded are left out of all splits.
 * @throws UserError where nothing is left to train on
 */
export async function prepare(
  options: { data: DataOptions; encoder: EncoderOptions },
  hooks: Hooks = {},
): Promise<Prepared> {
  const dataset = await loadDataset(options.data, hooks.progress);
  const encoder = await loadEncoder(options.encoder, hooks.progress);
  const augmentations = augmentationsOf(options.data);
  const training = new Set(dataset.splits.train);
  const variants = augmentations?.files(dataset.images.filter(({ id }) => training.has(id))) ?? [];
  const files = [...dataset.images, ...variants];
  const precision = resolvePrecision(options.encoder.precision);
  const { store, problems } = await cacheFeatures(
    files,
    new FeatureExtractor(encoder, precision, options.encoder.encoderBatchSize),
    hooks,
  );
  const usable = withoutUndecodable(dataset, store, augmentations);
  const images = new Map(usable.images.map((image) => [image.id, image]));
  const tokenizer = Tokenizer.fit(
    usable.splits.train.flatMap((id) => images.get(id)!.captions),
    options.data,
  );
  const all = [...dataset.problems, ...onePerImage(problems)];
  const problemsFile = path.join('data', `${dataset.name}-problems.tsv`);
  if (all.length > 0) writeProblems(problemsFile, all);
  return {
    dataset: usable,
    images,
    tokenizer,
    encoder,
    features: store,
    precision,
    ...(augmentations ? { augmentations } : {}),
    problems: all,
    ...(all.length > 0 ? { problemsFile } : {}),
  };
}

/** Features of images from the cache, or extracted into it; the extractor is disposed. */
export function cacheFeatures(
  images: readonly ImageFile[],
  extractor: FeatureExtractor,
  { progress, signal }: Hooks = {},
): ReturnType<typeof extractFeatures> {
  return extractFeatures(images, extractor, { dir: FEATURES_FOLDER, progress, signal }).finally(() =>
    extractor.dispose(),
  );
}

/** What people wrote about the images of a split. */
export function referencesOf(prepared: Pick<Prepared, 'dataset' | 'images'>, split: SplitName): References {
  return Object.fromEntries(
    prepared.dataset.splits[split].map((id) => [id, prepared.images.get(id)!.captions]),
  );
}

function withoutUndecodable(
  dataset: Dataset,
  features: FeatureStore,
  augmentations?: Augmentations,
): Dataset {
  const decoded = (ids: string[]) => ids.filter((id) => features.has(id));
  const { validation, test } = dataset.splits;
  const idsOf = (image: string) => augmentations?.idsFor(image, { mentionsLeftRight: false }) ?? [image];
  const train = dataset.splits.train.filter((image) => idsOf(image).every((id) => features.has(id)));
  if (train.length === 0)
    throw new UserError(`No training image of ${dataset.name} can be decoded: check the image files.`);

  return {
    ...dataset,
    images: dataset.images.filter(({ id }) => features.has(id)),
    splits: { train, validation: decoded(validation), test: decoded(test) },
  };
}

/** All variants of an image that cannot be decoded have the same problem: it is reported once. */
function onePerImage(problems: readonly Problem[]): Problem[] {
  const byImage = new Map<string, Problem>();
  for (const { where, what } of problems) {
    const image = imageOfAugmentation(where);
    if (!byImage.has(image)) byImage.set(image, { where: image, what });
  }
  return [...byImage.values()];
}
