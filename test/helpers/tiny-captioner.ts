import * as tf from '@tensorflow/tfjs-core';
import type { Captioner, Weights, WeightSpec } from '../../lib/captioners/captioner';
import { crossAttention } from '../../lib/captioners/cross-attention';
import { createCaptioner } from '../../lib/captioners/create';
import {
  attentionLstmOptions,
  crossAttentionOptions,
  showAndTellOptions,
  transformerOptions,
  type AttentionLstmOptions,
  type CaptionerOptions,
  type CrossAttentionOptions,
  type ShowAndTellOptions,
  type TransformerOptions,
} from '../../lib/config/captioner-options';

/** The variants of the cross-attention captioner, each with sizes that compute in no time. */
export const variants: Record<string, Partial<CrossAttentionOptions>> = {
  'default (residual, tied)': {},
  'residual, not tied': { tiedEmbedding: false, layers: 1 },
  'residual, no feed-forward, two LSTM layers': { feedForward: 0, lstmUnits: [5, 3] },
  'as its author drew it (pooled, three LSTM layers)': {
    residual: false,
    tiedEmbedding: false,
    layers: 1,
    pooledSlices: 2,
    lstmUnits: [3, 4, 5],
  },
  'no residual, tied, two blocks': { residual: false, layers: 2 },
};

export const tinyInputs = { regions: 3, channels: 6, vocabSize: 13 };

export function tinyOptions(changes: Partial<CrossAttentionOptions>): CrossAttentionOptions {
  return crossAttentionOptions.parse({
    name: 'cross-attention',
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

const attentionLstm = (changes: Partial<AttentionLstmOptions> = {}) =>
  attentionLstmOptions.parse({
    name: 'attention-lstm',
    embedding: 5,
    units: 6,
    regionUnits: 7,
    attentionUnits: 4,
    dropout: 0,
    ...changes,
  });

const showAndTell = (changes: Partial<ShowAndTellOptions> = {}) =>
  showAndTellOptions.parse({ name: 'show-and-tell', embedding: 5, units: 6, dropout: 0, ...changes });

export const tinyTransformer = (changes: Partial<TransformerOptions> = {}): TransformerOptions =>
  transformerOptions.parse({
    name: 'transformer',
    embedding: 7, // odd, so that the last sinusoid has no cosine beside it
    layers: 2,
    heads: 2,
    headSize: 3,
    feedForward: 8,
    dropout: 0,
    ...changes,
  });

/** Captioners of every kind, for what all of them have to do. */
export const everyCaptioner: Record<string, CaptionerOptions> = {
  ...Object.fromEntries(
    Object.entries(variants).map(([name, changes]) => [`cross-attention, ${name}`, tinyOptions(changes)]),
  ),
  'attention-lstm, tied': attentionLstm(),
  'attention-lstm, not tied': attentionLstm({ tiedEmbedding: false }),
  'show-and-tell, tied, batch norm': showAndTell(),
  'show-and-tell, not tied, two layers': showAndTell({
    tiedEmbedding: false,
    lstmLayers: 2,
    batchNorm: false,
  }),
  'transformer, tied, one block over the regions': tinyTransformer(),
  'transformer, not tied, no block over the regions': tinyTransformer({
    tiedEmbedding: false,
    encoderLayers: 0,
    layers: 1,
  }),
  'transformer, no feed-forward, two blocks over the regions': tinyTransformer({
    encoderLayers: 2,
    feedForward: 0,
  }),
};

/** The captioner of these options for tiny pictures and vocabulary. */
export const captionerOf = (options: CaptionerOptions): Captioner => createCaptioner(options, tinyInputs);

export function tinyCaptioner(changes: Partial<CrossAttentionOptions> = {}): Captioner {
  return crossAttention(tinyOptions(changes), tinyInputs);
}

/** Random weights of every shape, also where training starts from zeros and ones; averages are above 0. */
export function randomWeights(specs: Record<string, WeightSpec>, deviation = 0.5): Weights {
  const entries = Object.entries(specs).map(([name, { shape, trainable }], i) => [
    name,
    trainable === false
      ? tf.randomUniform(shape, 0.5, 1.5, 'float32', i + 1) // a variance may be among them
      : tf.randomNormal(shape, 0, deviation, 'float32', i + 1),
  ]);
  return Object.fromEntries(entries) as Weights;
}

export function randomFeatures(images: number, seed = 1): tf.Tensor3D {
  return tf.randomNormal([images, tinyInputs.regions, tinyInputs.channels], 0, 1, 'float32', seed);
}
