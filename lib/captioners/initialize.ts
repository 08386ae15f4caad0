import * as tf from '@tensorflow/tfjs-core';
import { Random } from '../random';
import type { Weights, WeightSpec } from './captioner';

/**
 * Starting weights; the same seed gives the same ones, and each weight has its own stream of numbers.
 * Glorot & Bengio 2010 for matrices, Saxe et al. 2014 for recurrent ones, N(0, 1/width) for embeddings,
 * 1 for the forget gate's bias (Jozefowicz et al. 2015).
 * @param pretrained weights that are copied instead; the caller disposes them
 */
export function initializeWeights(
  specs: Record<string, WeightSpec>,
  seed: number,
  pretrained: Weights = {},
): Weights {
  const weights: Weights = {};
  for (const [name, { shape, initializer }] of Object.entries(specs)) {
    weights[name] = pretrained[name]
      ? tf.clone(pretrained[name])
      : tf.tensor(initialValues(name, shape, initializer, new Random(seed, 'weights', name)), shape);
  }
  return weights;
}

function initialValues(
  name: string,
  shape: number[],
  initializer: WeightSpec['initializer'],
  random: Random,
): Float32Array {
  const size = tf.util.sizeFromShape(shape);
  const values = new Float32Array(size);
  switch (initializer) {
    case 'zeros':
      return values;
    case 'ones':
      return values.fill(1);
    case 'lstm-bias':
      return values.fill(1, size / 4, size / 2);
    case 'embedding':
      return values.map(() => random.normal() / Math.sqrt(shape[1]));
    case 'glorot': {
      const limit = Math.sqrt(6 / (shape[0] + shape[1]));
      return values.map(() => (2 * random.next() - 1) * limit);
    }
    case 'orthogonal':
      return orthogonalRows(shape[0], shape[1], random);
    case 'pretrained':
      throw new Error(`The weight ${name} is not initialized at random: pass it as pretrained.`);
  }
}

/** Random rows made orthonormal one after the other (modified Gram-Schmidt); needs rows <= columns. */
function orthogonalRows(rows: number, columns: number, random: Random): Float32Array {
  const values = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    const row = Float32Array.from({ length: columns }, () => random.normal());
    for (let earlier = 0; earlier < r; earlier++) {
      const other = values.subarray(earlier * columns, (earlier + 1) * columns);
      const along = dot(row, other);
      for (let i = 0; i < columns; i++) row[i] -= along * other[i];
    }
    const length = Math.sqrt(dot(row, row));
    values.set(
      row.map((v) => v / length),
      r * columns,
    );
  }
  return values;
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
