import * as tf from '@tensorflow/tfjs-core';

/** Log-probabilities [images, beams, vocabSize] with those of some tokens so low that they are never chosen. */
export function maskTokens(logProbabilities: tf.Tensor3D, tokens: readonly number[]): tf.Tensor3D {
  const never = tf.buffer([logProbabilities.shape[2]], 'float32');
  tokens.forEach((id) => never.set(-1e9, id));
  return tf.add(logProbabilities, never.toTensor());
}
