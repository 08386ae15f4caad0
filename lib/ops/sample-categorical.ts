import * as tf from '@tensorflow/tfjs-core';
import { kernels } from './kernels';

/**
 * One index drawn from each row of logits: an argmax with Gumbel noise (Gumbel 1954).
 * @param logits [..., vocabSize]
 * @param seed int32 [2]
 * @param salt tells apart the uses that share one seed
 * @returns int32 [...]
 */
export function sampleCategorical(logits: tf.Tensor, seed: tf.Tensor1D, salt: number): tf.Tensor {
  const uniform = tf.clipByValue(kernels().uniform(logits.shape, seed, salt), 1e-7, 1 - 1e-7);
  const noise = tf.neg(tf.log(tf.neg(tf.log(uniform))));
  return tf.argMax(tf.add(logits, noise), -1);
}
