import '../native/backend';
import path from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import type { DataOptions, EncoderOptions } from '../config/options';
import { writeProblems } from '../data/files';
import { loadDataset } from '../data/load';
import { Tokenizer } from '../data/tokenizer';
import type { CaptionedImage, Dataset, Problem, SplitName } from '../data/types';
import type { Encoder } from '../vision/encoders/encoder';
import { UserError } from '../errors';
import { extractFeatures, type ImageFile } from '../vision/features/extract';
import type { FeatureStore } from '../vision/features/store';
import { imageOfAugmentation, augmentationsOf, type Augmentations } from '../vision/features/augmentations';
import type { References } from '../metrics/types';
import { compile } from '../native/graph/compile';
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
  /** variants of the training pictures, whose features are there too */
  augmentations?: Augmentations;
  /** everything that was left out and why; also in `problemsFile` where there is any */
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
  const { store, problems } = await encodeImages(files, encoder, options.encoder, hooks);
  const usable = withoutUndecodable(dataset, store, augmentations);
  const images = new Map(usable.images.map((image) => [image.id, image]));
  const tokenizer = Tokenizer.fit(
    usable.splits.train.flatMap((id) => images.get(id)!.captions),
    options.data,
  );
  const all = [...dataset.problems, ...oneForEachPicture(problems)];
  const problemsFile = path.join('data', `${dataset.name}-problems.tsv`);
  if (all.length > 0) writeProblems(problemsFile, all);
  return {
    dataset: usable,
    images,
    tokenizer,
    encoder,
    features: store,
    ...(augmentations ? { augmentations } : {}),
    problems: all,
    ...(all.length > 0 ? { problemsFile } : {}),
  };
}

/** Features of images from the cache, or computed by the encoder compiled to a graph. */
export async function encodeImages(
  images: readonly ImageFile[],
  encoder: Encoder,
  options: Pick<EncoderOptions, 'encoderBatchSize' | 'precision'>,
  { progress, signal }: Hooks = {},
): Promise<{ store: FeatureStore; problems: Problem[] }> {
  const precision = resolvePrecision(options.precision);
  const network = compile((pixels: tf.Tensor4D) => encoder.forward(pixels), {
    precision: precision === 'bfloat16' ? 'bfloat16-network' : 'float32',
    name: `the encoder ${encoder.name}`,
  });
  try {
    return await extractFeatures(images, encoder, {
      dir: FEATURES_FOLDER,
      batchSize: options.encoderBatchSize,
      progress,
      signal,
      run: network,
      ...(precision === 'bfloat16' ? { variant: precision } : {}),
    });
  } finally {
    network.dispose();
  }
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

/** The variants of a picture that cannot be decoded have the same problem: it is told once. */
function oneForEachPicture(problems: readonly Problem[]): Problem[] {
  const byImage = new Map<string, Problem>();
  for (const { where, what } of problems) {
    const image = imageOfAugmentation(where);
    if (!byImage.has(image)) byImage.set(image, { where: image, what });
  }
  return [...byImage.values()];
}
