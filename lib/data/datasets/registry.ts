import { Registry } from '../../registry';
import { coco } from './coco';
import type { DatasetDefinition } from './definition';
import { flickr30k } from './flickr30k';
import { flickr8k } from './flickr8k';
import { flickr8kCoco } from './flickr8k-coco';
import { folder } from './folder';
import { karpathy } from './karpathy';
import { scenes } from './scenes';

/** All data sets, in the order of help; a line for each. */
const datasets = new Registry<DatasetDefinition>('data set', [
  scenes, //
  flickr8k,
  flickr30k,
  coco,
  karpathy,
  folder,
  flickr8kCoco,
]);

/**
 * Adds a data set: the option `dataset` and its help know it from then on.
 * @returns a function that removes it again
 */
export function registerDataset(definition: DatasetDefinition): () => void {
  return datasets.register(definition);
}

export function datasetDefinitions(): DatasetDefinition[] {
  return datasets.all();
}

export function datasetNames(): string[] {
  return datasets.names();
}

/** @throws UserError where there is no data set of this name */
export function datasetDefinition(name: string): DatasetDefinition {
  return datasets.get(name);
}
