import * as tf from '@tensorflow/tfjs-core';

/** Added to the log-probability of a masked token: what is lower than half of it was masked. */
export const MASKED = -1e9;

/** Log-probabilities [images, beams, vocabSize] with those of some tokens so low that they are never chosen. */
export function maskTokens(logProbabilities: tf.Tensor3D, tokens: readonly number[]): tf.Tensor3D {
  const never = tf.buffer([logProbabilities.shape[2]], 'float32');
  tokens.forEach((id) => never.set(MASKED, id));
  return tf.add(logProbabilities, never.toTensor());
}

/** The same with tokens that a compiled function takes as an input, int32 [masked], each once. */
export function maskTokensOf(logProbabilities: tf.Tensor3D, tokens: tf.Tensor1D): tf.Tensor3D {
  const rows = tf.oneHot(tokens, logProbabilities.shape[2], MASKED, 0, 'float32'); // [masked, vocabSize]
  return tf.add(logProbabilities, tf.sum(rows, 0));
}
