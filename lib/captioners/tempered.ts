import * as tf from '@tensorflow/tfjs-core';
import type { Captioner } from './captioner';

/**
 * A captioner at a temperature: its logits are divided by it, so that below 1 likely words become likelier and above 1
 * all words more alike. Weights are those of the captioner itself.
 */
export function tempered(captioner: Captioner, temperature: number): Captioner {
  const divided = <T extends { logits: tf.Tensor3D }>(output: T): T => ({
    ...output,
    logits: tf.div<tf.Tensor3D>(output.logits, temperature),
  });
  return {
    specs: captioner.specs,
    forward: (weights, features, words, dropout) =>
      divided(captioner.forward(weights, features, words, dropout)),
    averages: (weights, features) => captioner.averages?.(weights, features) ?? {},
    start: (weights, features, beams) => captioner.start(weights, features, beams),
    step: (weights, state, words) => divided(captioner.step(weights, state, words)),
    reorder: (state, parents) => captioner.reorder(state, parents),
  };
}
