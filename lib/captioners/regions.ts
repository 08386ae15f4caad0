import * as tf from '@tensorflow/tfjs-core';
import { runLayer } from '../ops/record-layers';
import type { CaptionerInputs, Weights, WeightSpec } from './captioner';
import { denseLayer, layerNormLayer } from './named-layers';
import { denseSpecs, normSpecs } from './specs';

/** The weights of regions that are projected, told where they lie, and normalized. */
export function regionSpecs(
  { regions, channels }: CaptionerInputs,
  width: number,
): Record<string, WeightSpec> {
  return {
    ...denseSpecs('regions', channels, width),
    ...normSpecs('regions/scale', 'regions/shift', width),
    'regions/place': { shape: [regions, width], initializer: 'zeros' },
  };
}

/** Projected regions, each plus the learnt vector of its place: `[images, regions, channels] -> [.., .., width]`. */
export function embedRegions(weights: Weights, features: tf.Tensor3D): tf.Tensor3D {
  const projected = denseLayer(weights, 'regions', features);
  return runLayer('PositionEmbedding', 'regions/place', () => tf.add(projected, weights['regions/place']));
}

/** The regions normalized, as captions look at them. */
export function normalizeRegions(weights: Weights, regions: tf.Tensor): tf.Tensor3D {
  return layerNormLayer(weights, 'regions/', regions) as tf.Tensor3D;
}

/** Regions projected, placed and normalized: `[images, regions, channels] -> [images, regions, width]`. */
export function projectRegions(weights: Weights, features: tf.Tensor3D): tf.Tensor3D {
  return normalizeRegions(weights, embedRegions(weights, features));
}
