import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from './kernels';
import { plainLstm } from './lstm';

/** The kernels in tfjs-core alone: they run on any backend. */
export const plainKernels: Kernels = {
  uniform(shape, seed, salt) {
    const [a, b] = seed.dataSync();
    return tf.randomUniform(shape, 0, 1, 'float32', `${a}/${b}/${salt}`);
  },

  softmaxCrossEntropy(logits, targets, smoothing) {
    const words = logits.shape[1];
    const oneHot = tf.oneHot(targets, words, 1 - smoothing + smoothing / words, smoothing / words, 'float32');
    const logProbabilities = tf.logSoftmax(logits); // [positions, words]
    return {
      loss: tf.neg(tf.sum(tf.mul(oneHot, logProbabilities), 1)) as tf.Tensor1D,
      gradient: tf.sub<tf.Tensor2D>(tf.exp(logProbabilities), oneHot),
    };
  },

  takeRows: (x, rows) => tf.gather(x, rows),

  lstm: plainLstm,
};
