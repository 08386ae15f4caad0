import * as tf from '@tensorflow/tfjs-core';
import { kernels } from './kernels';

/** `x W + b` over the last axis: `[..., inputs] -> [..., outputs]`. */
export function dense(x: tf.Tensor, kernel: tf.Tensor, bias?: tf.Tensor): tf.Tensor {
  const [inputs, outputs] = kernel.shape;
  const flat = tf.matMul(tf.reshape<tf.Rank.R2>(x, [-1, inputs]), kernel);
  const result = bias ? addBias(flat, bias) : flat;
  return tf.reshape(result, [...x.shape.slice(0, -1), outputs]);
}

/** `x + b` over the last axis: [..., size] and [size]. */
export function addBias<T extends tf.Tensor>(x: T, bias: tf.Tensor): T {
  const operation = tf.customGrad((...args) => {
    const [a, b] = args as tf.Tensor[];
    return { value: tf.add(a, b), gradFunc: (dy: tf.Tensor) => [dy, kernels().sumRows(dy)] };
  });
  return operation(x, bias) as T;
}

/** `max(x, 0)`; the gradient of tfjs' own takes eight operations. */
export function relu(x: tf.Tensor): tf.Tensor {
  const operation = tf.customGrad((...args) => {
    const [input, save] = args as unknown as [tf.Tensor, tf.GradSaveFunc];
    const value = tf.relu(input);
    save([value]);
    const gradFunc = (dy: tf.Tensor, [y]: tf.Tensor[]) => tf.mul(dy, tf.cast(tf.greater(y, 0), 'float32'));
    return { value, gradFunc };
  });
  return operation(x);
}

/**
 * Layer normalization over the last axis (Ba, Kiros, Hinton 2016; epsilon as Keras' default),
 * with its gradient in closed form: tfjs' own would take three times the operations.
 */
export function layerNorm(x: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor, epsilon = 1e-3): tf.Tensor {
  const operation = tf.customGrad((...args) => {
    const [input, gamma, beta, save] = args as unknown as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const centered = tf.sub(input, tf.mean(input, -1, true));
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centered), -1, true), epsilon)); // [..., 1]
    const normal = tf.mul(centered, inverse);
    save([normal, inverse, gamma]);
    return {
      value: tf.add(tf.mul(normal, gamma), beta),
      gradFunc: (dy: tf.Tensor, [n, inv, g]: tf.Tensor[]) => {
        const dn = tf.mul(dy, g);
        const along = tf.mean(tf.mul(dn, n), -1, true);
        const dx = tf.mul(tf.sub(tf.sub(dn, tf.mean(dn, -1, true)), tf.mul(n, along)), inv);
        return [dx, kernels().sumRows(tf.mul(dy, n)), kernels().sumRows(dy)];
      },
    };
  });
  return operation(x, scale, shift);
}

/** Drops values at training time; each call within a step draws its own numbers from one seed. */
export class Dropout {
  private calls = 0;

  /**
   * @param rate share of values dropped
   * @param seed int32 [2]: the same seed drops the same values
   */
  constructor(
    private readonly rate: number,
    private readonly seed: tf.Tensor1D,
  ) {}

  /** `x` with values dropped and the others scaled up (Srivastava et al. 2014). */
  apply(x: tf.Tensor): tf.Tensor {
    if (this.rate === 0) return x;
    return tf.mul(x, kernels().dropoutMask(x.shape, this.rate, this.seed, this.calls++));
  }
}

/** Dropout while training, the identity otherwise. */
export type ApplyDropout = <T extends tf.Tensor>(x: T) => T;

/** Dropout where one is given, else the identity. */
export function applyDropout(dropout?: Dropout): ApplyDropout {
  return (x) => (dropout ? (dropout.apply(x) as typeof x) : x);
}

/** `[batch, length, heads * size] -> [batch, heads, length, size]`. */
export function splitHeads(x: tf.Tensor, heads: number): tf.Tensor4D {
  const [batch, length, width] = x.shape;
  return tf.transpose(tf.reshape<tf.Rank.R4>(x, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
}

/** `[batch, heads, length, size] -> [batch, length, heads * size]`. */
export function joinHeads(x: tf.Tensor4D): tf.Tensor3D {
  const [batch, heads, length, size] = x.shape;
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch, length, heads * size]);
}

/**
 * Scaled dot-product attention (Vaswani et al. 2017).
 * @param query [batch, heads, length, size]
 * @param key [batch, heads, regions, size]
 * @param value [batch, heads, regions, size]
 * @param mask added to the scores [length, regions]: far below 0 where attention is not allowed
 * @returns attended [batch, heads, length, size] and weights [batch, heads, length, regions]
 */
export function attention(
  query: tf.Tensor4D,
  key: tf.Tensor4D,
  value: tf.Tensor4D,
  mask?: tf.Tensor2D,
): { attended: tf.Tensor4D; weights: tf.Tensor4D } {
  const scaled = tf.mul(query, 1 / Math.sqrt(query.shape[3]));
  const scores = tf.matMul(scaled, key, false, true);
  const weights = tf.softmax(mask ? tf.add(scores, mask) : scores) as tf.Tensor4D;
  return { attended: tf.matMul<tf.Tensor4D>(weights, value), weights };
}
