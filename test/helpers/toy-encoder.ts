import * as tf from '@tensorflow/tfjs-core';
import { writeTensors } from '../../lib/safetensors';
import type { EncoderDefinition } from '../../lib/vision/encoders/definition';

/** Sizes of a toy encoder; each cell of its grid is a square of `cell` pixels. */
export interface ToySizes {
  name: string;
  grid: readonly [number, number];
  cell: number;
  channels: number;
}

/**
 * An encoder whose features are the mean colors of the cells times a matrix, at its only end point 'colors'. Its weights are one
 * array with its name.
 */
export function toyEncoder(
  { name, grid, cell, channels }: ToySizes,
  changes: Partial<EncoderDefinition> = {},
): EncoderDefinition {
  const [rows, columns] = grid;
  return {
    name,
    title: `Toy ${name}`,
    input: { height: rows * cell, width: columns * cell, interpolation: 'linear' },
    normalization: { divisor: 255 },
    weights: { file: `${name}.safetensors`, source: 'set-up' },
    endPoints: ['colors'],
    fits: (arrays) => arrays.has(name),
    build(arrays) {
      const { values, shape } = arrays.get(name)!;
      const mix = tf.tensor2d(values, shape as [number, number]); // [3, channels]
      return {
        grid,
        regions: rows * columns,
        channels,
        weights: [mix],
        forward: (images) =>
          tf.tidy(() => {
            const cells = tf.reshape(tf.avgPool(images, cell, cell, 'valid'), [-1, 3]);
            return tf.reshape(tf.matMul(cells, mix), [-1, rows * columns, channels]);
          }),
      };
    },
    ...changes,
  };
}

/** Writes random weights of a toy encoder. */
export function writeToyWeights(file: string, { name, channels }: ToySizes, seed = 1): void {
  const mix = tf.randomNormal([3, channels], 0, 1, 'float32', seed);
  writeTensors(file, { [name]: mix });
  mix.dispose();
}
