import type * as tf from '@tensorflow/tfjs-core';
import type { LstmWeights } from '../ops/lstm';
import type { Weights, WeightSpec } from './captioner';

/** The weights of a dense layer, under `name/kernel` and `name/bias`. */
export function denseSpecs(name: string, from: number, to: number): Record<string, WeightSpec> {
  return {
    [`${name}/kernel`]: { shape: [from, to], initializer: 'glorot' },
    [`${name}/bias`]: { shape: [to], initializer: 'zeros' },
  };
}

/** Scale and shift of a normalization. */
export function normSpecs(scale: string, shift: string, width: number): Record<string, WeightSpec> {
  return {
    [scale]: { shape: [width], initializer: 'ones' },
    [shift]: { shape: [width], initializer: 'zeros' },
  };
}

/** The weights of an LSTM, under `name/kernel`, `name/recurrent` and `name/bias`. */
export function lstmSpecs(name: string, from: number, units: number): Record<string, WeightSpec> {
  return {
    [`${name}/kernel`]: { shape: [from, 4 * units], initializer: 'glorot' },
    [`${name}/recurrent`]: { shape: [units, 4 * units], initializer: 'orthogonal' },
    [`${name}/bias`]: { shape: [4 * units], initializer: 'lstm-bias' },
  };
}

/** The LSTM that stands under a name. */
export function lstmWeights(weights: Weights, name: string): LstmWeights {
  return {
    kernel: weights[`${name}/kernel`] as tf.Tensor2D,
    recurrent: weights[`${name}/recurrent`] as tf.Tensor2D,
    bias: weights[`${name}/bias`] as tf.Tensor1D,
  };
}
