import * as tf from '@tensorflow/tfjs-core';
import type { Captioner, Weights, WeightSpec } from '../../lib/captioners/captioner';
import { crossAttention } from '../../lib/captioners/cross-attention';
import { crossAttentionOptions, type CrossAttentionOptions } from '../../lib/config/captioner-options';

/** The variants of the cross-attention captioner, each with sizes that compute in no time. */
export const variants: Record<string, Partial<CrossAttentionOptions>> = {
  'default (residual, tied)': {},
  'residual, not tied': { tiedEmbedding: false, layers: 1 },
  'residual, no feed-forward, two LSTM layers': { feedForward: 0, lstmUnits: [5, 3] },
  'as its author drew it (pooled, three LSTM layers)': {
    residual: false,
    tiedEmbedding: false,
    layers: 1,
    splitPooled: 2,
    lstmUnits: [3, 4, 5],
  },
  'no residual, tied, two blocks': { residual: false, layers: 2 },
};

export const tinyInputs = { regions: 3, channels: 6, words: 13 };

export function tinyOptions(changes: Partial<CrossAttentionOptions>): CrossAttentionOptions {
  return crossAttentionOptions.parse({
    model: 'cross-attention',
    embedding: 7,
    lstmUnits: [5],
    layers: 2,
    heads: 2,
    headSize: 3,
    feedForward: 8,
    dropout: 0,
    ...changes,
  });
}

export function tinyCaptioner(changes: Partial<CrossAttentionOptions> = {}): Captioner {
  return crossAttention(tinyOptions(changes), tinyInputs);
}

/** Random weights of every shape, also where training starts from zeros and ones. */
export function randomWeights(specs: Record<string, WeightSpec>, deviation = 0.5): Weights {
  const entries = Object.entries(specs).map(([name, { shape }], i) => [
    name,
    tf.randomNormal(shape, 0, deviation, 'float32', i + 1),
  ]);
  return Object.fromEntries(entries) as Weights;
}

export function randomFeatures(images: number, seed = 1): tf.Tensor3D {
  return tf.randomNormal([images, tinyInputs.regions, tinyInputs.channels], 0, 1, 'float32', seed);
}
