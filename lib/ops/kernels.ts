import * as tf from '@tensorflow/tfjs-core';
import type { Compiled, TensorFunction } from './compiled';

/**
 * Operations that have a plain form in tfjs-core, for any backend, and a faster one where TensorFlow's own
 * operations can be reached. `lib/native` puts the faster ones here.
 */
export interface Kernels {
  /**
   * Uniform numbers in [0, 1), the same for the same seed.
   * @param seed int32 [2]
   * @param salt tells apart the places that share one seed
   */
  uniform(shape: number[], seed: tf.Tensor1D, salt: number): tf.Tensor;

  /**
   * Softmax cross-entropy and its gradient, in one go.
   * @param logits [positions, words]
   * @param targets int32 [positions]
   * @param smoothing share of the target that is spread over all words (label smoothing, Szegedy et al. 2016)
   * @returns loss [positions] and its gradient by the logits [positions, words]
   */
  softmaxCrossEntropy(
    logits: tf.Tensor2D,
    targets: tf.Tensor1D,
    smoothing: number,
  ): { loss: tf.Tensor1D; gradient: tf.Tensor2D };

  /**
   * Rows of `x` by number: [rows, ...] and int32 [n] give [n, ...], differentiable by x. (tfjs-node's own
   * gather reads the numbers to check them, which a compiled function may not.)
   */
  takeRows<T extends tf.Tensor>(x: T, rows: tf.Tensor1D): T;

  /** A pure function that will be called many times with inputs of few shapes. */
  compile(fn: TensorFunction): Compiled;
}

let current: Kernels | undefined;

/** The kernels in force. */
export function kernels(): Kernels {
  if (current === undefined) {
    throw new Error('no kernels: import lib/native/backend or call useKernels(plainKernels)');
  }
  return current;
}

/** Replaces the kernels in force and returns those that were. */
export function useKernels(next: Kernels): Kernels | undefined {
  const previous = current;
  current = next;
  return previous;
}
