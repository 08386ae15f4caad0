import * as tf from '@tensorflow/tfjs-core';

/**
 * Targets as probabilities: each word's own share and what is spread over all words (label smoothing).
 * @param targets int32 [positions]
 * @returns [positions, words]
 */
export function smoothTargets(targets: tf.Tensor1D, words: number, smoothing: number): tf.Tensor {
  return tf.oneHot(targets, words, 1 - smoothing + smoothing / words, smoothing / words, 'float32');
}
