import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../../errors';
import type { Encoder } from './encoder';

/** Between the names of encoders that look at an image together, and between their end points. */
export const FUSED = '+';

/**
 * Several encoders as one: the features of a region are those of each encoder there, one behind the other. The regions
 * are those of the first; what the others see on a finer or coarser grid is averaged over the area of each. The image
 * is decoded once, in the largest size that one of them takes, and scaled down for the others.
 * @param encoders two or more; they become the fused encoder's own
 * @param weightsHash identifies the weights of all
 * @throws UserError where one cuts out a part of the image, or has regions without a place
 */
export function fuseEncoders(encoders: readonly Encoder[], weightsHash: string): Encoder {
  for (const { name, input, grid, regions } of encoders) {
    const isWhole = (input.resize ?? 'squash') === 'squash' && regions === grid[0] * grid[1];
    if (!isWhole) {
      throw new UserError(
        `${name} does not look at the whole image in a grid: use it without other encoders.`,
      );
    }
  }
  const [{ grid, regions }] = encoders;
  const largest = (side: 'height' | 'width') => Math.max(...encoders.map(({ input }) => input[side]));
  const input = { height: largest('height'), width: largest('width') };
  const shares = encoders.map((encoder) =>
    tf.tensor2d(areaShares(grid, encoder.grid), [regions, encoder.regions]),
  );
  return {
    name: encoders.map(({ name }) => name).join(FUSED),
    endPoint: encoders.map(({ endPoint }) => endPoint).join(FUSED),
    weightsHash,
    input,
    grid,
    regions,
    channels: encoders.reduce((sum, { channels }) => sum + channels, 0),
    weights: [...encoders.flatMap(({ weights }) => weights), ...shares],
    forward: (images) =>
      tf.tidy(() => {
        const pixels = tf.cast(images, 'float32');
        const features = encoders.map((encoder, i) => {
          const own = encoder.forward(scaled(pixels, encoder.input)); // [batch, its regions, its channels]
          if (encoder.grid.join() === grid.join()) return own;
          const [batch] = own.shape;
          const repeated = tf.tile(tf.expandDims(shares[i], 0), [batch, 1, 1]);
          return tf.matMul(repeated, own) as tf.Tensor3D; // [batch, regions, its channels]
        });
        return tf.concat(features, 2);
      }),
    dispose: () => {
      for (const encoder of encoders) encoder.dispose();
      tf.dispose(shares);
    },
  };
}

function scaled(pixels: tf.Tensor4D, { height, width }: { height: number; width: number }): tf.Tensor4D {
  if (pixels.shape[1] === height && pixels.shape[2] === width) return pixels;
  return tf.image.resizeBilinear(pixels, [height, width], false, true);
}

/**
 * What share each cell of one grid has in the area of each cell of another over the same image, row-major; the shares in
 * a cell sum to 1.
 */
export function areaShares(grid: readonly [number, number], other: readonly [number, number]): Float32Array {
  const [rows, columns] = [0, 1].map((axis) => overlaps(grid[axis], other[axis]));
  const shares: number[] = [];
  for (const row of rows)
    for (const column of columns) for (const a of row) for (const b of column) shares.push(a * b);
  return Float32Array.from(shares);
}

/** What share each of `others` equal parts of a line has in each of `parts` equal parts of the same line. */
function overlaps(parts: number, others: number): number[][] {
  return Array.from({ length: parts }, (_, i) =>
    Array.from({ length: others }, (_, j) => {
      const [start, end] = [Math.max(i / parts, j / others), Math.min((i + 1) / parts, (j + 1) / others)];
      return Math.max(0, end - start) * parts;
    }),
  );
}
