import * as tf from '@tensorflow/tfjs-core';
import type { Captioner, Weights } from '../captioners/captioner';
import type { TrainingOptions } from './options';
import type { TensorFunction } from '../ops/compiled';
import { Dropout } from '../ops/layers';
import { attentionPenalty, captionLoss } from '../ops/loss';
import {
  applyGradients,
  globalNorm,
  type OptimizerOptions,
  type OptimizerState,
  type StepRates,
  type WeightUpdates,
} from './optimizer';
import { withScheduledSampling } from './scheduled-sampling';

/** The tensors of a batch. */
export type BatchTensors = {
  features: tf.Tensor3D; // [images, regions, channels]
  tokens: tf.Tensor2D; // int32 [rows, steps]
  targets: tf.Tensor2D; // int32 [rows, steps]
  lossWeights: tf.Tensor2D; // [rows, steps]
};

/** What a step reads beside weights. */
export type StepInputs = BatchTensors & {
  seed: tf.Tensor1D; // int32 [2]
  rates: StepRates<tf.Scalar>;
};

/** How a step learns. */
export type StepOptions = OptimizerOptions &
  Pick<TrainingOptions, 'labelSmoothing'> &
  Partial<Pick<TrainingOptions, 'attentionPenalty' | 'scheduledSampling'>> & {
    dropout: number;
    /** see `Stage` */
    training?: boolean;
  };

/** The loss of a batch, mean nats per token, and the penalty on its attention times its weight. */
export function batchLoss(
  captioner: Captioner,
  weights: Weights,
  inputs: BatchTensors,
  smoothing: number,
  dropout?: Dropout,
  penaltyWeight = 0,
): tf.Scalar {
  const { logits, attention } = captioner.forward(weights, inputs.features, inputs.tokens, dropout);
  const flat = tf.reshape<tf.Rank.R2>(logits, [-1, logits.shape[2]]); // [rows * steps, vocabSize]
  const targets = tf.reshape<tf.Rank.R1>(inputs.targets, [-1]);
  const loss = captionLoss(flat, targets, tf.reshape<tf.Rank.R1>(inputs.lossWeights, [-1]), smoothing);
  if (penaltyWeight === 0) return loss;
  if (!attention) throw new Error('there is no attention to be penalized');
  return tf.add(loss, tf.mul(penaltyWeight, attentionPenalty(attention, inputs.lossWeights)));
}

/**
 * The loss of a batch and what follows from it for the weights, as a pure function that can be compiled to a graph: the
 * gradients, and the next values of weights that are statistics of the data.
 */
export function gradientStep(
  captioner: Captioner,
  options: StepOptions,
): TensorFunction<{ weights: Weights; batch: StepInputs }, { loss: tf.Scalar; updates: WeightUpdates }> {
  const names = Object.keys(captioner.specs).filter((name) => captioner.specs[name].trainable !== false);
  const byName = (tensors: tf.Tensor[]): Weights =>
    Object.fromEntries(names.map((name, i) => [name, tensors[i]]));
  const { labelSmoothing, attentionPenalty: penaltyWeight = 0, training = true } = options;
  return ({ weights, batch }) => {
    const tokens =
      (options.scheduledSampling ?? 0) > 0
        ? withScheduledSampling(captioner, weights, batch, batch.rates.scheduledSampling)
        : batch.tokens;
    const loss = (...trained: tf.Tensor[]) => {
      const dropout = training ? new Dropout(options.dropout, batch.seed) : undefined;
      const all = { ...weights, ...byName(trained) };
      return batchLoss(captioner, all, { ...batch, tokens }, labelSmoothing, dropout, penaltyWeight);
    };
    const { value, grads } = tf.valueAndGrads(loss)(names.map((name) => weights[name]));
    const statistics = training ? (captioner.updateStatistics?.(weights, batch.features) ?? {}) : {};
    return { loss: value, updates: { gradients: byName(grads), statistics, norm: globalNorm(grads) } };
  };
}

/**
 * A whole training step as one pure function: `gradientStep`, then `applyGradients`. `Learner` does the same faster.
 */
export function trainingStep(
  captioner: Captioner,
  options: StepOptions,
): TensorFunction<
  { state: OptimizerState; batch: StepInputs },
  { loss: tf.Scalar; norm: tf.Scalar; state: OptimizerState }
> {
  const gradients = gradientStep(captioner, options);
  return ({ state, batch }) => {
    const { loss, updates } = gradients({ weights: state.weights, batch });
    const after = applyGradients(captioner.specs, options, state, updates, batch.rates);
    return { loss, norm: updates.norm, state: after };
  };
}
