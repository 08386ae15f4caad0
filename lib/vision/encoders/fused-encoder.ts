import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../../errors';
import type { Encoder } from './encoder';

/** Between the names of encoders that look at an image together, and between their end points. */
export const FUSED = '+';

/**
 * Several encoders as one: the features of a region are those of each encoder there, one behind the other. The regions
 * are those of the first; what the others see on a finer or coarser grid is averaged over the area of each. The image
 * is decoded once, in the largest size that one of them takes, and scaled down for the others.
 * @param encoders two or more; they become the fused encoder's own, which disposes them
 * @param weightsHash identifies the weights of all
 * @throws UserError where one cuts out a part of the image, or has regions without a place
 */
export function fuseEncoders(encoders: readonly Encoder[], weightsHash: string): Encoder {
  encoders.forEach(checkWholeGrid);
  const [{ grid, regions }] = encoders;
  const largest = (side: 'height' | 'width') => Math.max(...encoders.map(({ input }) => input[side]));
  const parts = encoders.map((encoder) => ({ encoder, shares: sharesOf(grid, encoder) }));
  const shares = parts.flatMap((part) => part.shares ?? []);
  return {
    name: encoders.map(({ name }) => name).join(FUSED),
    endPoint: encoders.map(({ endPoint }) => endPoint).join(FUSED),
    weightsHash,
    input: { height: largest('height'), width: largest('width') },
    grid,
    regions,
    channels: encoders.reduce((sum, { channels }) => sum + channels, 0),
    weights: [...encoders.flatMap(({ weights }) => weights), ...shares],
    forward: (images) =>
      tf.tidy(() => {
        const pixels = tf.cast(images, 'float32');
        const features = parts.map((part) => {
          const own = part.encoder.forward(resized(pixels, part.encoder.input)); // [batch, its regions, its channels]
          return part.shares ? onRegions(part.shares, own) : own; // [batch, regions, its channels]
        });
        return tf.concat(features, 2);
      }),
    dispose: () => {
      for (const encoder of encoders) encoder.dispose();
      tf.dispose(shares);
    },
  };
}

function checkWholeGrid({ name, input, grid, regions }: Encoder): void {
  const isWhole = (input.resize ?? 'squash') === 'squash';
  if (isWhole && regions === grid[0] * grid[1]) return;
  throw new UserError(`${name} does not look at the whole image in a grid: use it without other encoders.`);
}

/** The shares of an encoder's regions in those of a grid; undefined where they are the same. */
function sharesOf(grid: readonly [number, number], { grid: own, regions }: Encoder): tf.Tensor2D | undefined {
  if (own.join() === grid.join()) return undefined;
  return tf.tensor2d(areaShares(grid, own), [grid[0] * grid[1], regions]);
}

/**
 * Features of other regions, averaged with their shares in each region.
 * @param shares [regions, others]
 * @param features [batch, others, channels]
 * @returns [batch, regions, channels]
 */
function onRegions(shares: tf.Tensor2D, features: tf.Tensor3D): tf.Tensor3D {
  const [batch] = features.shape;
  return tf.matMul(tf.tile(tf.expandDims<tf.Tensor3D>(shares, 0), [batch, 1, 1]), features);
}

function resized(pixels: tf.Tensor4D, { height, width }: Encoder['input']): tf.Tensor4D {
  if (pixels.shape[1] === height && pixels.shape[2] === width) return pixels;
  return tf.image.resizeBilinear(pixels, [height, width], false, true);
}

/**
 * What share each cell of another grid over the same image has in the area of each cell of a grid.
 * @returns row-major [cells, cells of the other]; each row sums to 1
 */
export function areaShares(
  grid: readonly [rows: number, columns: number],
  other: readonly [rows: number, columns: number],
): Float32Array {
  const [inRows, inColumns] = [0, 1].map((axis) => lengthShares(grid[axis], other[axis]));
  const ofCells = inRows.flatMap((ofRows) =>
    inColumns.map((ofColumns) => ofRows.flatMap((a) => ofColumns.map((b) => a * b))),
  );
  return Float32Array.from(ofCells.flat());
}

/** What share each of `others` equal parts of a line has in each of `parts` equal parts of the same line: [parts][others]. */
function lengthShares(parts: number, others: number): number[][] {
  return Array.from({ length: parts }, (_, i) =>
    Array.from({ length: others }, (_, j) => {
      const [start, end] = [Math.max(i / parts, j / others), Math.min((i + 1) / parts, (j + 1) / others)];
      return Math.max(0, end - start) * parts;
    }),
  );
}
