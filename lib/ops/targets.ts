import * as tf from '@tensorflow/tfjs-core';

/**
 * Targets as probabilities: each word's own share and what is spread over all words (label smoothing).
 * @param targets int32 [positions]
 * @returns [positions, words]
 */
export function smoothTargets(targets: tf.Tensor1D, vocabSize: number, smoothing: number): tf.Tensor {
  return tf.oneHot(
    targets,
    vocabSize,
    1 - smoothing + smoothing / vocabSize,
    smoothing / vocabSize,
    'float32',
  );
}
