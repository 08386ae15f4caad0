import * as tf from '@tensorflow/tfjs-core';
import type { CaptionerInputs, Weights, WeightSpec } from './captioner';
import { namedDense, namedNorm } from './named-layers';
import { denseSpecs, normSpecs } from './specs';

/** The weights of regions that are projected, told where they lie, and normalised. */
export function regionSpecs(
  { regions, channels }: CaptionerInputs,
  width: number,
): Record<string, WeightSpec> {
  return {
    ...denseSpecs('regions', channels, width),
    ...normSpecs('regions/scale', 'regions/shift', width),
    'regions/place': { shape: [regions, width], start: 'zeros' },
  };
}

/** Projected regions, each plus the learnt vector of its place: `[images, regions, channels] -> [.., .., width]`. */
export function placedRegions(weights: Weights, features: tf.Tensor3D): tf.Tensor3D {
  return tf.add(namedDense(weights, 'regions', features), weights['regions/place']);
}

/** The regions normalised, as captions look at them. */
export function normalRegions(weights: Weights, regions: tf.Tensor): tf.Tensor3D {
  return namedNorm(weights, 'regions/', regions) as tf.Tensor3D;
}

/** Regions projected, placed and normalised: `[images, regions, channels] -> [images, regions, width]`. */
export function projectRegions(weights: Weights, features: tf.Tensor3D): tf.Tensor3D {
  return normalRegions(weights, placedRegions(weights, features));
}
