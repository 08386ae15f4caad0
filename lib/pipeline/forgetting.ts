import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { dataOptions } from '../data/options';
import { loadDataset } from '../data/load';
import { isFolder } from '../files';
import type { Scores } from '../metrics/types';
import { loadModel, saveScores, type Model } from '../model/saved-model';
import { evaluateModel, type EvaluateOptions } from './evaluate';
import { ownDataOf } from './model-data';

/** Validation images of the old model's own data that both models caption: enough to see what is forgotten. */
const IMAGES = 200;

/** Scores on the old model's own validation images, of that model and of the one that was trained on from it. */
export interface Forgetting {
  /** "200 validation images of flickr8k" */
  on: string;
  before: Scores;
  after: Scores;
}

/**
 * Measures what a model has forgotten that was trained on from another; the scores are kept in its record.
 * @param from folder of the model that it started from
 * @param dataDir folder of that model's own data (default: data/<dataset>)
 * @returns a sentence where it can not be measured
 */
export async function measureForgetting(
  from: string,
  model: Model,
  options: EvaluateOptions & { dataDir?: string },
): Promise<Forgetting | string> {
  const old = loadModel(from);
  try {
    const own = ownDataOf(old);
    const missing = `What ${from} could do before was not measured`;
    if (own?.dataset === undefined) return `${missing}: it does not say what it was trained on.`;
    const dataDir = options.dataDir ?? path.join('data', own.dataset);
    if (own.dataset !== 'scenes' && !isFolder(dataDir))
      return `${missing}: its data, ${own.dataset}, is not in ${dataDir}; name its folder with --from-data-dir.`;

    const { images, splits } = await loadDataset(dataOptions.parse({ ...own, dataDir }), options.progress);
    const chosen = new Set(splits.validation.slice(0, IMAGES));
    const shown = images.filter(({ id }) => chosen.has(id));
    if (shown.length === 0) return `${missing}: ${own.dataset} in ${dataDir} has no validation images.`;
    const { scores: before } = await evaluateModel(old, shown, options);
    const { scores: after } = await evaluateModel(model, shown, options);
    const on = `${shown.length} validation images of ${own.dataset}`;
    saveScores(model, `${on}, before training on`, before);
    saveScores(model, on, after);
    return { on, before, after };
  } finally {
    tf.dispose(old.weights);
  }
}
