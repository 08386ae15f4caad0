import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { flatten, type NestedTensors } from '../../lib/ops/nested-tensors';

/** Asserts equal shapes and a largest absolute difference of at most `tolerance`. */
export function assertClose(actual: tf.Tensor, expected: tf.Tensor, tolerance: number): void {
  assert.deepEqual(actual.shape, expected.shape);
  const difference = tf.tidy(() => tf.max(tf.abs(tf.sub(actual, expected))).dataSync()[0]);
  assert.ok(difference <= tolerance, `largest difference ${difference} > ${tolerance}`);
}

/** The same for all tensors of two records or lists of tensors. */
export function assertAllClose(actual: NestedTensors, expected: NestedTensors, tolerance: number): void {
  const others = flatten(expected);
  const tensors = flatten(actual);
  assert.equal(tensors.length, others.length);
  tensors.forEach((x, i) => assertClose(x, others[i], tolerance));
}

/**
 * Slopes of a scalar function by central differences, at up to `most` evenly spread entries of one argument.
 */
export function finiteDifference(
  fn: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: tf.Tensor[],
  which: number,
  most: number,
  step = 1e-2,
): { index: number; slope: number }[] {
  const values = inputs[which].dataSync();
  const stride = Math.max(1, Math.floor(values.length / most));
  const at = (index: number, change: number) =>
    tf.tidy(() => {
      const moved = Float32Array.from(values);
      moved[index] += change;
      const replaced = inputs.map((x, i) => (i === which ? tf.tensor(moved, x.shape) : x));
      return fn(...replaced).dataSync()[0];
    });
  const indices = Array.from({ length: Math.floor(values.length / stride) }, (_, i) => i * stride);
  return indices.map((index) => ({ index, slope: (at(index, step) - at(index, -step)) / (2 * step) }));
}

/** Asserts that a gradient has the slopes of central differences, at up to `most` of its entries. */
export function assertSlopes(
  fn: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: tf.Tensor[],
  which: number,
  gradient: tf.Tensor,
  tolerance: number,
  most = 40,
): void {
  assert.deepEqual(gradient.shape, inputs[which].shape);
  const values = gradient.dataSync();
  for (const { index, slope } of finiteDifference(fn, inputs, which, most)) {
    const difference = Math.abs(values[index] - slope);
    assert.ok(difference <= tolerance, `entry ${index}: gradient ${values[index]}, slope ${slope}`);
  }
}
