import type * as tf from '@tensorflow/tfjs-core';

/** Where features of images come from: a feature store, or arrays in a test. */
export interface FeatureSource {
  readonly regions: number;
  readonly channels: number;
  /** [images, regions, channels]; the caller disposes it */
  read(images: readonly string[]): Promise<tf.Tensor3D>;
}
