import * as tf from '@tensorflow/tfjs-core';
import { kernels } from '../ops/kernels';
import { addBias, dense } from '../ops/layers';
import { runLayer } from '../ops/record-layers';
import type { Weights, WeightSpec } from './captioner';

/*
 * Words on the way in, as vectors, and on the way out, as logits. A tied captioner uses one matrix for both
 * (Press & Wolf 2017).
 */

/**
 * The weights of both ends.
 * @param size of what the logits are made of: with `tied` that of a word vector
 */
export function tokenSpecs(
  vocabSize: number,
  embedding: number,
  size: number,
  tied: boolean,
): Record<string, WeightSpec> {
  const specs: Record<string, WeightSpec> = {
    embedding: { shape: [vocabSize, embedding], initializer: 'embedding' },
  };
  if (!tied) specs['softmax/kernel'] = { shape: [size, vocabSize], initializer: 'glorot' };
  specs['softmax/bias'] = { shape: [vocabSize], initializer: 'zeros' };
  return specs;
}

/**
 * Word vectors; scaled up where the softmax shares them (Vaswani et al. 2017, 3.4).
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

/** Logits of all words: `[..., size] -> [..., words]`. */
export function tokenLogits(weights: Weights, x: tf.Tensor, tied: boolean): tf.Tensor {
  return runLayer('Dense', 'softmax', () => {
    if (!tied) return dense(x, weights['softmax/kernel'], weights['softmax/bias']);
    const [vocabSize, embedding] = weights['embedding'].shape;
    const scores = tf.matMul(tf.reshape(x, [-1, embedding]), weights['embedding'], false, true);
    return tf.reshape(addBias(scores, weights['softmax/bias']), [...x.shape.slice(0, -1), vocabSize]);
  });
}
