import type * as tf from '@tensorflow/tfjs-core';
import type { LayerWeights } from '../encoders/layers';
import type { UpperBlocks } from '../encoders/upper-blocks';
import type { Captioner, Weights, WeightSpec } from './captioner';

const prefix = 'encoder/';

/**
 * A captioner with the upper blocks of an encoder in front, whose weights are among its own: what it sees are the
 * features below these blocks, and training changes both (fine-tuning).
 * @param captioner for the features above the blocks
 * @param rate share of the learning rate with which the blocks are trained
 */
export function fineTuned(captioner: Captioner, blocks: UpperBlocks, rate = 1): Captioner {
  const names = Object.keys(blocks.shapes);
  const own = names.map((name): [string, WeightSpec] => [
    prefix + name,
    { shape: blocks.shapes[name], start: 'given', rate },
  ]);
  const look = (weights: Weights, features: tf.Tensor3D): tf.Tensor3D =>
    blocks.forward(Object.fromEntries(names.map((name) => [name, weights[prefix + name]])), features);
  return {
    specs: { ...captioner.specs, ...Object.fromEntries(own) },
    forward: (weights, features, words, dropout) =>
      captioner.forward(weights, look(weights, features), words, dropout),
    averages: (weights, features) => captioner.averages?.(weights, look(weights, features)) ?? {},
    start: (weights, features, beams) => captioner.start(weights, look(weights, features), beams),
    step: (weights, state, words) => captioner.step(weights, state, words),
    reorder: (state, parents) => captioner.reorder(state, parents),
  };
}

/** The weights of an encoder's blocks by the names that a fine-tuned captioner gives them. */
export function encoderWeights(weights: LayerWeights): Weights {
  return Object.fromEntries(Object.entries(weights).map(([name, tensor]) => [prefix + name, tensor]));
}
