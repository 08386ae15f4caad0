import * as tf from '@tensorflow/tfjs-core';
import { runEagerly } from './compiled';
import type { Kernels } from './kernels';
import { smoothTargets } from './targets';

/** The kernels in tfjs-core alone: they run on any backend. */
export const plainKernels: Kernels = {
  uniform(shape, seed, salt) {
    const [a, b] = seed.dataSync();
    return tf.randomUniform(shape, 0, 1, 'float32', `${a}/${b}/${salt}`);
  },

  softmaxCrossEntropy(logits, targets, smoothing) {
    const wanted = smoothTargets(targets, logits.shape[1], smoothing);
    const logProbabilities = tf.logSoftmax(logits); // [positions, words]
    return {
      loss: tf.neg(tf.sum(tf.mul(wanted, logProbabilities), 1)) as tf.Tensor1D,
      gradient: tf.sub<tf.Tensor2D>(tf.exp(logProbabilities), wanted),
    };
  },

  takeRows: (x, rows) => tf.gather(x, rows),

  compile: (fn) =>
    Object.assign((inputs: tf.Tensor[]) => runEagerly(fn, inputs), { graphs: 0, dispose: () => undefined }),
};
