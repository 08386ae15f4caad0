import type * as tf from '@tensorflow/tfjs-core';
import { runLayer } from '../ops/record-layers';
import type { FineTunedBlocks, LayerWeights } from '../vision/encoders/definition';
import type { Captioner, Weights, WeightSpec } from './captioner';

const ENCODER_PREFIX = 'encoder/';

/**
 * A captioner with the upper blocks of an encoder in front, whose weights are among its own: it reads the features
 * below these blocks, and training updates both (fine-tuning).
 * @param captioner for the features above the blocks
 * @param lrMultiplier factor on the learning rate of the blocks
 */
export function withFineTunedEncoder(
  captioner: Captioner,
  blocks: FineTunedBlocks,
  lrMultiplier = 1,
): Captioner {
  const names = Object.keys(blocks.shapes);
  const encoderSpecs = names.map((name): [string, WeightSpec] => [
    ENCODER_PREFIX + name,
    { shape: blocks.shapes[name], initializer: 'pretrained', lrMultiplier },
  ]);
  const encode = (weights: Weights, features: tf.Tensor3D): tf.Tensor3D =>
    runLayer('EncoderBlocks', 'encoder', () =>
      blocks.forward(
        Object.fromEntries(names.map((name) => [name, weights[ENCODER_PREFIX + name]])),
        features,
      ),
    );
  return {
    specs: { ...captioner.specs, ...Object.fromEntries(encoderSpecs) },
    forward: (weights, features, tokens, dropout) =>
      captioner.forward(weights, encode(weights, features), tokens, dropout),
    updateStatistics: (weights, features) =>
      captioner.updateStatistics?.(weights, encode(weights, features)) ?? {},
    initialState: (weights, features, beams) =>
      captioner.initialState(weights, encode(weights, features), beams),
    step: (weights, state, tokens) => captioner.step(weights, state, tokens),
    reorder: (state, parents) => captioner.reorder(state, parents),
  };
}

/** The weights of an encoder's blocks by the names that a fine-tuned captioner gives them. */
export function encoderWeights(weights: LayerWeights): Weights {
  return Object.fromEntries(Object.entries(weights).map(([name, tensor]) => [ENCODER_PREFIX + name, tensor]));
}
