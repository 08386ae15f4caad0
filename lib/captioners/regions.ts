import * as tf from '@tensorflow/tfjs-core';
import type { CaptionerInputs, Weights, WeightSpec } from './captioner';
import { denseSpecs, namedDense, namedNorm, normSpecs } from './named-layers';

/** The weights of regions that are projected, told where they lie, and normalised. */
export function regionSpecs(
  { regions, channels }: CaptionerInputs,
  width: number,
): Record<string, WeightSpec> {
  return {
    ...denseSpecs('regions', channels, width),
    ...normSpecs('regions/', width),
    'regions/place': { shape: [regions, width], start: 'zeros' },
  };
}

/** Projected regions, each plus the learnt vector of its place: `[images, regions, channels] -> [.., .., width]`. */
export function placedRegions(weights: Weights, features: tf.Tensor3D): tf.Tensor {
  return tf.add(namedDense(weights, 'regions', features), weights['regions/place']);
}

/** Regions normalised before captions look at them. */
export function normalRegions(weights: Weights, regions: tf.Tensor): tf.Tensor {
  return namedNorm(weights, 'regions/', regions);
}
