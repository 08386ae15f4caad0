import * as tf from '@tensorflow/tfjs-core';
import type { Compiled, TensorFunction } from './compiled';
import type { NestedTensors } from './nested-tensors';

/** A weight and the moving averages of its gradient and of the gradient's square. */
export interface AdamState {
  weight: tf.Tensor;
  momentum: tf.Tensor;
  variance: tf.Tensor;
}

/** Decays of both moving averages, and what is added to the root of the second. */
export interface AdamSettings {
  beta1: number;
  beta2: number;
  epsilon: number;
}

/**
 * Operations that have a plain form in tfjs-core, for any backend, and a faster one where TensorFlow's own
 * operations can be reached. `lib/native` puts the faster ones here.
 */
export interface Kernels {
  /**
   * Uniform numbers in [0, 1), the same for the same seed.
   * @param seed int32 [2]
   * @param salt tells apart the uses of one seed
   */
  uniform(shape: number[], seed: tf.Tensor1D, salt: number): tf.Tensor;

  /**
   * What a tensor is multiplied with to drop some of its values: 0 where one is dropped, and elsewhere the same
   * number, so that the mean is 1 (Srivastava et al. 2014).
   * @param rate share of values dropped, above 0 and below 1; the fast form rounds it to 1 / 256
   * @param seed int32 [2]
   * @param salt tells apart the uses of one seed
   */
  dropoutMask(shape: number[], rate: number, seed: tf.Tensor1D, salt: number): tf.Tensor;

  /** The sum over all axes but the last: `[..., columns] -> [columns]`. */
  sumRows(x: tf.Tensor): tf.Tensor1D;

  /** The sum of all squares, a scalar. */
  sumOfSquares(x: tf.Tensor): tf.Scalar;

  /**
   * A step of Adam (Kingma & Ba 2015) without its bias correction, which belongs to the rate.
   * @param rate a scalar
   * @returns the next weight and the next moving averages
   */
  adam(before: AdamState, gradient: tf.Tensor, rate: tf.Scalar, settings: AdamSettings): AdamState;

  /**
   * A moving average after one more value.
   * @param share of the new value, a scalar
   */
  movingAverage(average: tf.Tensor, value: tf.Tensor, share: tf.Scalar): tf.Tensor;

  /**
   * Rows of `x` by number: [rows, ...] and int32 [n] give [n, ...], differentiable by x. (tfjs-node's own
   * gather reads the numbers to check them, which a compiled function may not.)
   */
  gather<T extends tf.Tensor>(x: T, rows: tf.Tensor1D): T;

  /**
   * Numbers of 16 bits (IEEE 754 binary16) as a float32 tensor.
   * @param halves as many as the shape has values
   */
  fromFloat16(halves: Uint16Array, shape: number[]): tf.Tensor;

  /** A tensor's numbers rounded to halves, to the nearest and ties to even; from 65520 on they become infinite. */
  toFloat16(x: tf.Tensor): Uint16Array;

  /**
   * Bytes as a float32 tensor.
   * @param bytes as many as the shape has values
   */
  fromBytes(bytes: Uint8Array, shape: number[]): tf.Tensor;

  /** A pure function that will be called many times with inputs of few shapes. */
  compile<Inputs extends NestedTensors, Outputs extends NestedTensors>(
    fn: TensorFunction<Inputs, Outputs>,
  ): Compiled<Inputs, Outputs>;
}

let current: Kernels | undefined;

/** The kernels in force. */
export function kernels(): Kernels {
  if (current === undefined)
    throw new Error('no kernels: import lib/native/backend or call useKernels(plainKernels)');

  return current;
}

/** Replaces the kernels in force and returns those that were. */
export function useKernels(next: Kernels): Kernels | undefined {
  const previous = current;
  current = next;
  return previous;
}
