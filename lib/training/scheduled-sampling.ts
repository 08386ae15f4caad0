import * as tf from '@tensorflow/tfjs-core';
import type { Captioner, Weights } from '../captioners/captioner';
import { sampleCategorical } from '../ops/sample-categorical';
import { kernels } from '../ops/kernels';

/** Places of the step's seed that dropout, which counts from 0, does not use. */
const salts = { words: -1, places: -2 };

/**
 * Scheduled sampling (Bengio et al. 2015) in two passes, so that any captioner can take part (Mihaylova & Martins
 * 2019): a first pass over the caption's own words tells what the captioner would say at each place, words are drawn
 * from that, and some of the caption's words are exchanged for them. No gradient goes through the draw.
 * @param share how likely each word but the first is to be exchanged, a tensor of one number
 * @returns the words to be read, int32 [batch, steps]
 */
export function withScheduledSampling(
  captioner: Captioner,
  weights: Weights,
  { features, tokens, seed }: { features: tf.Tensor3D; tokens: tf.Tensor2D; seed: tf.Tensor1D },
  share: tf.Tensor,
): tf.Tensor2D {
  const [rows, steps] = tokens.shape;
  if (steps === 1) return tokens;
  const { logits } = captioner.forward(weights, features, tokens); // [batch, steps, words]
  const drawn = tf.slice(sampleCategorical(logits, seed, salts.words), [0, 0], [rows, steps - 1]); // the words 1.. as drawn
  const [first, others] = [tf.slice(tokens, [0, 0], [rows, 1]), tf.slice(tokens, [0, 1], [rows, steps - 1])];
  const exchanged = tf.less(kernels().uniform(others.shape, seed, salts.places), share);
  return tf.concat([first, tf.where(exchanged, drawn, others)], 1) as tf.Tensor2D;
}
