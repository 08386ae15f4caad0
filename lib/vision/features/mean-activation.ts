import * as tf from '@tensorflow/tfjs-core';
import type { FeatureStore } from './store';

/**
 * The mean of all channels of each region of an image, scaled to sum to 1.
 * @param grid how the regions lie on the image; what stands beside the grid (a class token) does not count
 * @returns [rows * columns]
 */
export async function meanActivation(
  store: FeatureStore,
  id: string,
  [rows, columns]: readonly [rows: number, columns: number],
): Promise<Float32Array> {
  const features = await store.read([id]);
  const shares = tf.tidy(() => {
    const means = tf.slice(tf.mean(features, [0, 2]), 0, rows * columns); // [regions]
    return tf.div(means, tf.sum(means));
  });
  const values = (await shares.data()) as Float32Array;
  tf.dispose([features, shares]);
  return values;
}
