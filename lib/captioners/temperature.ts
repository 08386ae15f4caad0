import * as tf from '@tensorflow/tfjs-core';
import type { Captioner } from './captioner';

/**
 * A captioner whose logits are divided by a temperature: below 1 the distribution of tokens is sharper, above 1 flatter.
 * It has the weights of the captioner itself.
 */
export function withTemperature(captioner: Captioner, temperature: number): Captioner {
  const divided = <T extends { logits: tf.Tensor3D }>(output: T): T => ({
    ...output,
    logits: tf.div<tf.Tensor3D>(output.logits, temperature),
  });
  return {
    specs: captioner.specs,
    forward: (weights, features, tokens, dropout) =>
      divided(captioner.forward(weights, features, tokens, dropout)),
    updateStatistics: (weights, features) => captioner.updateStatistics?.(weights, features) ?? {},
    initialState: (weights, features, beams) => captioner.initialState(weights, features, beams),
    step: (weights, state, tokens) => divided(captioner.step(weights, state, tokens)),
    reorder: (state, parents) => captioner.reorder(state, parents),
  };
}
