import * as tf from '@tensorflow/tfjs-core';
import type { Captioner, Weights } from '../captioners/captioner';
import { sampleCategorical } from '../ops/sample-categorical';
import { kernels } from '../ops/kernels';

/** Salts of the step's seed that dropout, which counts from 0, does not use. */
const salts = { tokens: -1, positions: -2 };

/**
 * Scheduled sampling (Bengio et al. 2015) in two passes, so that any captioner can take part (Mihaylova & Martins
 * 2019): a first pass over the caption's own tokens predicts the token at each position, tokens are sampled from that,
 * and some of the caption's tokens are replaced by them. No gradient goes through the sampling.
 * @param share probability that a token but the first is replaced
 * @returns the tokens to be read, int32 [rows, steps]
 */
export function withScheduledSampling(
  captioner: Captioner,
  weights: Weights,
  { features, tokens, seed }: { features: tf.Tensor3D; tokens: tf.Tensor2D; seed: tf.Tensor1D },
  share: tf.Scalar,
): tf.Tensor2D {
  const [rows, steps] = tokens.shape;
  if (steps === 1) return tokens;
  const { logits } = captioner.forward(weights, features, tokens); // [rows, steps, vocabSize]
  const sampled = tf.slice(sampleCategorical(logits, seed, salts.tokens), [0, 0], [rows, steps - 1]);
  const [first, others] = [tf.slice(tokens, [0, 0], [rows, 1]), tf.slice(tokens, [0, 1], [rows, steps - 1])];
  const replaced = tf.less(kernels().uniform(others.shape, seed, salts.positions), share);
  return tf.concat([first, tf.where(replaced, sampled, others)], 1) as tf.Tensor2D;
}
