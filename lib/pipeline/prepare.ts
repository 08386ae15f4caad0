import '../native/backend';
import type { DataOptions } from '../data/options';
import type { EncoderOptions } from '../vision/options';
import { listProblems, type LeftOut } from '../data/problems';
import { loadDataset } from '../data/load';
import { oversampling } from '../data/oversample';
import { recordOf } from '../model/saved-model';
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
export interface Prepared extends LeftOut {
  dataset: Dataset;
  images: Map<string, CaptionedImage>;
  tokenizer: Tokenizer;
  encoder: LoadedEncoder;
  features: FeatureStore;
  /** with which the features were extracted */
  precision: FeaturePrecision;
  /** variants of the training images, whose features are there too */
  augmentations?: Augmentations;
}

/**
 * Loads a data set, computes the features that are not in the cache yet, and fits the tokenizer on the training
 * captions, or extends that of the model that the training starts from (`from`). Images that cannot be decoded are left
 * out of all splits.
 * @throws UserError where nothing is left to train on
 */
export async function prepare(
  options: { data: DataOptions; encoder: EncoderOptions; from?: string },
  hooks: Hooks = {},
): Promise<Prepared> {
  const dataset = await loadDataset(options.data, hooks.progress);
  // These two fail now where they will, not after hours of extracting features.
  oversampling(options.data.oversample, dataset.images);
  const words = vocabularyOf(dataset, options);
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
  const all = [...dataset.problems, ...onePerImage(problems)];
  const leftOut = listProblems(dataset.name, all);
  const usable = withoutUndecodable(dataset, store, augmentations);
  if (usable.splits.train.length === 0) {
    store.close();
    encoder.dispose();
    const [{ where, what }] = problems;
    throw new UserError(
      `No training image of ${dataset.name} can be decoded (the first: ${where}: ${what.replace(/[.]$/, '')}); ` +
        `${leftOut.problemsFile} lists all: check the image files.`,
    );
  }
  const images = new Map(usable.images.map((image) => [image.id, image]));
  const isWhole = usable.splits.train.length === dataset.splits.train.length;
  const tokenizer = isWhole ? words : vocabularyOf(usable, options);
  return {
    dataset: usable,
    images,
    tokenizer,
    encoder,
    features: store,
    precision,
    ...(augmentations ? { augmentations } : {}),
    ...leftOut,
  };
}

/**
 * The words of the training captions, behind those of the model that the training starts from, if it does.
 * @throws UserError where no word is frequent enough
 */
export function vocabularyOf(
  { images, splits }: Pick<Dataset, 'images' | 'splits'>,
  { data, from }: { data: DataOptions; from?: string },
): Tokenizer {
  const byId = new Map(images.map(({ id, captions }) => [id, captions]));
  const captions = splits.train.flatMap((id) => byId.get(id)!);
  if (from === undefined) return Tokenizer.fit(captions, data);
  return Tokenizer.fromJSON(recordOf(from).tokenizer).extended(captions, data);
}

/**
 * Checks that there is something to score captions on.
 * @param purpose what it is needed for: "compare captioners"
 * @throws UserError where there is no validation image
 */
export function requireValidation({ dataset }: Pick<Prepared, 'dataset'>, purpose: string): void {
  if (dataset.splits.validation.length > 0) return;
  throw new UserError(
    `${dataset.name} has no validation images to ${purpose} on: use two or more images, or add some to its ` +
      'validation list.',
  );
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
