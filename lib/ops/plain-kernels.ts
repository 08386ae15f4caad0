import * as tf from '@tensorflow/tfjs-core';
import { Float16Array } from '@petamoriken/float16';
import { runEagerly } from './compiled';
import type { Kernels } from './kernels';

/** The kernels in tfjs-core alone: they run on any backend. */
export const plainKernels: Kernels = {
  uniform(shape, seed, salt) {
    const [a, b] = seed.dataSync();
    return tf.randomUniform(shape, 0, 1, 'float32', `${a}/${b}/${salt}`);
  },

  dropoutMask(shape, rate, seed, salt) {
    const kept = tf.greaterEqual(plainKernels.uniform(shape, seed, salt), rate);
    return tf.mul(tf.cast(kept, 'float32'), 1 / (1 - rate));
  },

  sumRows: (x) =>
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

  gather: (x, rows) => tf.gather(x, rows),

  // Some 60 times slower than TensorFlow's own conversion: a value passes through a Proxy.
  fromFloat16(halves, shape) {
    const bytes = halves.slice().buffer;
    return tf.tensor(Float32Array.from(new Float16Array(bytes)), shape);
  },

  toFloat16: (x) => new Uint16Array(new Float16Array(x.dataSync()).buffer),

  fromBytes: (bytes, shape) => tf.tensor(Float32Array.from(bytes), shape),

  compile: (fn) =>
    Object.assign((inputs: Parameters<typeof fn>[0]) => runEagerly(fn, inputs), {
      graphs: 0,
      dispose: () => undefined,
    }),
};
