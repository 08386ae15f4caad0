import * as tf from '@tensorflow/tfjs-core';
import { kernels } from '../ops/kernels';

/**
 * The row that each caption continues, for state tensors whose first axis is the captions, those of the first image first.
 * @param parents int32 [images, beams]: the index of the caption of the same image that continues in each beam
 * @returns int32 [images * beams]
 */
export function parentRows(parents: tf.Tensor2D): tf.Tensor1D {
  const [images, beams] = parents.shape;
  const firsts = tf.tensor2d(
    Array.from({ length: images }, (_, image) => image * beams),
    [images, 1],
    'int32',
  );
  return tf.reshape(tf.add(parents, firsts), [-1]);
}

/** State tensors [captions, ...] with captions exchanged for others of the same image; see `parentRows`. */
export function gatherCaptions<T extends Record<string, tf.Tensor>>(state: T, parents: tf.Tensor2D): T {
  const rows = parentRows(parents);
  const gathered = Object.entries(state).map(([name, x]) => [name, kernels().gather(x, rows)]);
  return Object.fromEntries(gathered) as T;
}

/** Rows of images repeated for each of their captions: `[images, ...] -> [images * captions, ...]`. */
export function repeatPerCaption<T extends tf.Tensor>(x: T, captions: number): T {
  const [images, ...rest] = x.shape;
  const tiled = tf.tile(tf.reshape(x, [images, 1, ...rest]), [1, captions, ...rest.map(() => 1)]);
  return tf.reshape(tiled, [images * captions, ...rest]) as T;
}
