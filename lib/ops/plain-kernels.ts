import * as tf from '@tensorflow/tfjs-core';
import { decodeHalves, encodeHalves } from './half';
import { runEagerly } from './compiled';
import type { Kernels } from './kernels';

/** The kernels in tfjs-core alone: they run on any backend. */
export const plainKernels: Kernels = {
  uniform(shape, seed, salt) {
    const [a, b] = seed.dataSync();
    return tf.randomUniform(shape, 0, 1, 'float32', `${a}/${b}/${salt}`);
  },

  dropMask(shape, rate, seed, salt) {
    const kept = tf.greaterEqual(plainKernels.uniform(shape, seed, salt), rate);
    return tf.mul(tf.cast(kept, 'float32'), 1 / (1 - rate));
  },

  columnSums: (x) =>
    tf.sum(
      x,
      x.shape.slice(0, -1).map((_, axis) => axis),
    ),

  sumOfSquares: (x) => tf.sum(tf.square(x)),

  adam({ weight, momentum, variance }, gradient, rate, { beta1, beta2, epsilon }) {
    const mix = (old: tf.Tensor, fresh: tf.Tensor, share: number) =>
      tf.add(tf.mul(old, share), tf.mul(fresh, 1 - share));
    const nextMomentum = mix(momentum, gradient, beta1);
    const nextVariance = mix(variance, tf.square(gradient), beta2);
    const change = tf.mul(rate, tf.div(nextMomentum, tf.add(tf.sqrt(nextVariance), epsilon)));
    return { weight: tf.sub(weight, change), momentum: nextMomentum, variance: nextVariance };
  },

  movingAverage: (average, value, share) => tf.add(average, tf.mul(share, tf.sub(value, average))),

  takeRows: (x, rows) => tf.gather(x, rows),

  fromHalves: (halves, shape) => tf.tensor(decodeHalves(halves), shape),

  toHalves: async (x) => encodeHalves(await x.data<'float32'>()),

  fromBytes: (bytes, shape) => tf.tensor(Float32Array.from(bytes), shape),

  compile: (fn) =>
    Object.assign((inputs: tf.Tensor[]) => runEagerly(fn, inputs), { graphs: 0, dispose: () => undefined }),
};
