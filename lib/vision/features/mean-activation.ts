import * as tf from '@tensorflow/tfjs-core';
import type { FeatureStore } from './store';

/** The mean of all channels of each region of a picture: [rows * columns], scaled to sum to 1. */
export async function meanActivation(store: FeatureStore, id: string): Promise<Float32Array> {
  const features = await store.read([id]);
  const shares = tf.tidy(() => {
    const means = tf.mean(features, [0, 2]); // [regions]
    return tf.div(means, tf.sum(means));
  });
  const values = (await shares.data()) as Float32Array;
  tf.dispose([features, shares]);
  return values;
}
