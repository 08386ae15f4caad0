import type * as tf from '@tensorflow/tfjs-core';
import { dense, layerNorm } from '../ops/layers';
import { runLayer } from '../ops/record-layers';
import type { Weights } from './captioner';

/** `[..., inputs] -> [..., outputs]` with the weights `name/kernel` and `name/bias`. */
export function denseLayer(weights: Weights, name: string, x: tf.Tensor): tf.Tensor {
  return runLayer('Dense', name, () => dense(x, weights[`${name}/kernel`], weights[`${name}/bias`]));
}

/** Layer normalization over the last axis with the weights `<prefix>scale` and `<prefix>shift`. */
export function layerNormLayer(weights: Weights, prefix: string, x: tf.Tensor): tf.Tensor {
  return runLayer('LayerNormalization', `${prefix}norm`, () =>
    layerNorm(x, weights[`${prefix}scale`], weights[`${prefix}shift`]),
  );
}
