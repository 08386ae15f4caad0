import * as tf from '@tensorflow/tfjs-core';
import { kernels } from '../ops/kernels';
import { addBias, dense } from '../ops/layers';
import type { Weights, WeightSpec } from './captioner';

/*
 * Words on the way in, as vectors, and on the way out, as logits. A tied captioner uses one matrix for both
 * (Press & Wolf 2017).
 */

/**
 * The weights of both ends.
 * @param size of what the logits are made of: with `tied` that of a word vector
 */
export function wordSpecs(
  words: number,
  embedding: number,
  size: number,
  tied: boolean,
): Record<string, WeightSpec> {
  const specs: Record<string, WeightSpec> = { embedding: { shape: [words, embedding], start: 'embedding' } };
  if (!tied) specs['softmax/kernel'] = { shape: [size, words], start: 'glorot' };
  specs['softmax/bias'] = { shape: [words], start: 'zeros' };
  return specs;
}

/**
 * Word vectors; scaled up where the softmax shares them (Vaswani et al. 2017, 3.4).
 * @param words int32 [...]
 * @returns [..., embedding]
 */
export function wordVectors(weights: Weights, words: tf.Tensor, tied: boolean): tf.Tensor {
  const embedding = weights['embedding'].shape[1] as number;
  const vectors = kernels().takeRows(weights['embedding'], tf.reshape<tf.Rank.R1>(words, [-1]));
  return tf.reshape(tied ? tf.mul(vectors, Math.sqrt(embedding)) : vectors, [...words.shape, embedding]);
}

/** Logits of all words: `[..., size] -> [..., words]`. */
export function wordLogits(weights: Weights, x: tf.Tensor, tied: boolean): tf.Tensor {
  if (!tied) return dense(x, weights['softmax/kernel'], weights['softmax/bias']);
  const [words, embedding] = weights['embedding'].shape;
  const scores = tf.matMul(tf.reshape(x, [-1, embedding]), weights['embedding'], false, true);
  return tf.reshape(addBias(scores, weights['softmax/bias']), [...x.shape.slice(0, -1), words]);
}
