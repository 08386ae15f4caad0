import type { DataOptions } from '../data/options';
import { dataOptions } from '../data/options';
import type { Dataset } from '../data/types';
import { trainingImagesOf, type Model } from '../model/saved-model';

/*
 * What a model knows of the data that it was trained on, and what that means for scores on other data.
 */

/** Options that say which images are in which split. */
const SPLITTING = ['dataset', 'splits', 'limit', 'seed'] as const;

/** The data set that a model was trained on: its name and how it was split. Undefined where the model does not say. */
export function ownDataOf({ record }: Pick<Model, 'record'>): Partial<DataOptions> | undefined {
  const parsed = dataOptions.safeParse(record.training['data']);
  if (!parsed.success) return undefined;
  const defaults = dataOptions.parse({});
  const { data } = parsed;
  const entries = SPLITTING.filter((name) => name === 'dataset' || data[name] !== defaults[name]);
  return Object.fromEntries(entries.map((name) => [name, data[name]]));
}

/** The data set of a training, for the model's record. */
export interface TrainedDataset {
  name: string;
  /** of the names of all its images */
  fingerprint: string;
  /** images of each split */
  splits: Record<string, number>;
}

export function describeDataset({ name, fingerprint, splits }: Dataset): TrainedDataset {
  const counts = Object.entries(splits).map(([split, ids]) => [split, ids.length]);
  return { name, fingerprint, splits: Object.fromEntries(counts) as Record<string, number> };
}

/** Below this share of the training images that the model knows, a data set of the same name is another one. */
const SAME_DATA = 0.5;

/**
 * What the scores of a model on these images do not mean, a sentence each.
 * @param ids of the images that it is evaluated on
 * @param dataset that they are of, where it is a known one
 */
export function warningsAbout(
  model: Pick<Model, 'folder' | 'record'>,
  ids: readonly string[],
  dataset?: Dataset,
): string[] {
  const { folder, record } = model;
  const trained = record.training['dataset'] as TrainedDataset | undefined;
  const known = trainingImagesOf(model);
  if (!known)
    return [`${folder} does not say which images it was trained on: some of these may be among them.`];
  const warnings: string[] = [];
  const seen = ids.filter((id) => known.has(id)).length;
  if (seen > 0) {
    warnings.push(
      `WARNING: ${folder} was trained on ${seen === ids.length ? 'all' : seen} of these ${ids.length} images, by their names: ` +
        'the scores say little about other images.',
    );
  }
  if (!dataset || !trained) return warnings;
  if (dataset.name !== trained.name) {
    warnings.push(`${folder} was trained on ${trained.name}, and these images are of ${dataset.name}.`);
  } else if (dataset.fingerprint !== trained.fingerprint) {
    const { train } = dataset.splits;
    const common = train.filter((id) => known.has(id)).length;
    if (common < SAME_DATA * train.length) {
      warnings.push(
        `WARNING: this is another ${dataset.name} than ${folder} was trained on: of its ${train.length} training images ` +
          `the model knows ${common}.`,
      );
    }
  }
  return warnings;
}
