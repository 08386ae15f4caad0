import * as tf from '@tensorflow/tfjs-core';
import { kernels } from '../ops/kernels';
import { addBias, dense, layerNorm } from '../ops/layers';
import type { LstmWeights } from '../ops/lstm';
import { runLayer } from '../ops/record-layers';
import type { CaptionerInputs, Weights, WeightSpec } from './captioner';

/*
 * The layers that captioners are made of. Each has a function that lists its weights by name (`...Specs`), and one that
 * applies them: captioners keep no weights, they are given with each call. `runLayer` names them for summaries.
 */

type Specs = Record<string, WeightSpec>;

/** The weights of a dense layer: `name/kernel` and `name/bias`. */
export function denseSpecs(name: string, inputSize: number, units: number): Specs {
  return {
    [`${name}/kernel`]: { shape: [inputSize, units], initializer: 'glorot' },
    [`${name}/bias`]: { shape: [units], initializer: 'zeros' },
  };
}

/** A dense layer without activation: `[..., inputSize] -> [..., units]`. */
export function denseLayer(weights: Weights, name: string, x: tf.Tensor): tf.Tensor {
  return runLayer('Dense', name, () => dense(x, weights[`${name}/kernel`], weights[`${name}/bias`]));
}

/** Scale and shift of a normalization: `<prefix>scale` and `<prefix>shift`. */
export function normSpecs(prefix: string, width: number): Specs {
  return {
    [`${prefix}scale`]: { shape: [width], initializer: 'ones' },
    [`${prefix}shift`]: { shape: [width], initializer: 'zeros' },
  };
}

/** Layer normalization over the last axis (Ba et al. 2016). */
export function layerNormLayer(weights: Weights, prefix: string, x: tf.Tensor): tf.Tensor {
  return runLayer('LayerNormalization', `${prefix}norm`, () =>
    layerNorm(x, weights[`${prefix}scale`], weights[`${prefix}shift`]),
  );
}

/** The weights of an LSTM: `name/kernel`, `name/recurrent` and `name/bias`, gates in the order of Keras. */
export function lstmSpecs(name: string, inputSize: number, units: number): Specs {
  return {
    [`${name}/kernel`]: { shape: [inputSize, 4 * units], initializer: 'glorot' },
    [`${name}/recurrent`]: { shape: [units, 4 * units], initializer: 'orthogonal' },
    [`${name}/bias`]: { shape: [4 * units], initializer: 'lstm-bias' },
  };
}

/** The weights of the LSTM of this name, for the functions of ops/lstm.ts. */
export function lstmWeights(weights: Weights, name: string): LstmWeights {
  return {
    kernel: weights[`${name}/kernel`] as tf.Tensor2D,
    recurrent: weights[`${name}/recurrent`] as tf.Tensor2D,
    bias: weights[`${name}/bias`] as tf.Tensor1D,
  };
}

/**
 * The weights of token embedding and softmax layer. Tied, both are one matrix (Press & Wolf 2017).
 * @param inputSize width of what the softmax layer reads; tied, that of the embedding
 */
export function tokenSpecs(vocabSize: number, embedding: number, inputSize: number, tied: boolean): Specs {
  return {
    embedding: { shape: [vocabSize, embedding], initializer: 'embedding' },
    ...(tied ? {} : { 'softmax/kernel': { shape: [inputSize, vocabSize], initializer: 'glorot' } }),
    'softmax/bias': { shape: [vocabSize], initializer: 'zeros' },
  };
}

/**
 * Token embeddings; scaled up by the root of their size where the softmax layer shares them (Vaswani et al. 2017, 3.4).
 * @param tokens int32 [...]
 * @returns [..., embedding]
 */
export function embedTokens(weights: Weights, tokens: tf.Tensor, tied: boolean): tf.Tensor {
  return runLayer('Embedding', 'embedding', () => {
    const embedding = weights['embedding'].shape[1] as number;
    const vectors = kernels().gather(weights['embedding'], tf.reshape<tf.Rank.R1>(tokens, [-1]));
    return tf.reshape(tied ? tf.mul(vectors, Math.sqrt(embedding)) : vectors, [...tokens.shape, embedding]);
  });
}

/** The softmax layer without its softmax: `[..., inputSize] -> logits [..., vocabSize]`. */
export function tokenLogits(weights: Weights, x: tf.Tensor, tied: boolean): tf.Tensor3D {
  return runLayer('Dense', 'softmax', () => {
    if (!tied) return dense(x, weights['softmax/kernel'], weights['softmax/bias']) as tf.Tensor3D;
    const [vocabSize, embedding] = weights['embedding'].shape;
    const scores = tf.matMul(tf.reshape(x, [-1, embedding]), weights['embedding'], false, true);
    const logits = addBias(scores, weights['softmax/bias']);
    return tf.reshape(logits, [...x.shape.slice(0, -1), vocabSize] as [number, number, number]);
  });
}

/** The weights of regions that are projected, get a positional embedding, and are normalized. */
export function regionSpecs({ regions, channels }: CaptionerInputs, width: number): Specs {
  return {
    ...denseSpecs('regions', channels, width),
    ...normSpecs('regions/', width),
    'regions/place': { shape: [regions, width], initializer: 'zeros' },
  };
}

/** Projected regions plus a learned positional embedding: `[images, regions, channels] -> [images, regions, width]`. */
export function embedRegions(weights: Weights, features: tf.Tensor3D): tf.Tensor3D {
  const projected = denseLayer(weights, 'regions', features);
  return runLayer('PositionEmbedding', 'regions/place', () => tf.add(projected, weights['regions/place']));
}

/** Layer normalization of regions [images, regions, width], before attention reads them. */
export function normalizeRegions(weights: Weights, regions: tf.Tensor): tf.Tensor3D {
  return layerNormLayer(weights, 'regions/', regions) as tf.Tensor3D;
}

/**
 * Sinusoidal positional encoding (Vaswani et al. 2017, 3.5): [steps, width] for the positions from `firstPosition` on.
 * Column 2i is sin(position / 10000^(2i / width)), column 2i + 1 its cosine.
 */
export function sinusoids(firstPosition: number, steps: number, width: number): tf.Tensor2D {
  const values = new Float32Array(steps * width).map((_, at) => {
    const column = at % width;
    const angle = (firstPosition + Math.floor(at / width)) / 10_000 ** ((column - (column % 2)) / width);
    return column % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  });
  return tf.tensor2d(values, [steps, width]);
}

/** Added to attention scores, it lets each position attend to itself and to those before: [steps, steps]. */
export function causalMask(steps: number): tf.Tensor2D {
  const values = new Float32Array(steps * steps).map((_, at) =>
    at % steps > Math.floor(at / steps) ? -1e9 : 0,
  );
  return tf.tensor2d(values, [steps, steps]);
}
