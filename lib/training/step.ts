import * as tf from '@tensorflow/tfjs-core';
import type { Captioner, Weights } from '../captioners/captioner';
import type { TrainingOptions } from '../config/options';
import type { TensorFunction } from '../ops/compiled';
import { Dropout } from '../ops/layers';
import { attentionPenalty, captionLoss } from '../ops/loss';
import { globalNorm, applyGradients, packState, unpackState, type OptimizerOptions } from './optimizer';
import { withScheduledSampling } from './scheduled-sampling';

/** The tensors of a batch, in the order in which the step takes them. */
export interface StepInputs {
  features: tf.Tensor3D; // [batch, regions, channels]
  tokens: tf.Tensor2D; // int32 [batch, steps]
  targets: tf.Tensor2D; // int32 [batch, steps]
  lossWeights: tf.Tensor2D; // [batch, steps]
  seed: tf.Tensor1D; // int32 [2]
  /** see `stepRates` */
  rates: tf.Tensor1D; // [4]
}

/** How a step learns. */
export type StepOptions = OptimizerOptions &
  Pick<TrainingOptions, 'labelSmoothing'> &
  Partial<Pick<TrainingOptions, 'attentionPenalty' | 'scheduledSampling'>> & {
    dropout: number;
    /** see `Stage` */
    training?: boolean;
  };

/** Weights by name from a list in the order of the captioner's names. */
export function weightsByName(captioner: Captioner, tensors: readonly tf.Tensor[]): Weights {
  return Object.fromEntries(Object.keys(captioner.specs).map((name, i) => [name, tensors[i]]));
}

/** The loss of a batch, mean nats per word, and the penalty on its attention times its weight. */
export function batchLoss(
  captioner: Captioner,
  weights: Weights,
  inputs: Pick<StepInputs, 'features' | 'tokens' | 'targets' | 'lossWeights'>,
  smoothing: number,
  dropout?: Dropout,
  penaltyWeight = 0,
): tf.Scalar {
  const { logits, attention } = captioner.forward(weights, inputs.features, inputs.tokens, dropout);
  const flat = tf.reshape<tf.Rank.R2>(logits, [-1, logits.shape[2]]); // [batch * steps, words]
  const targets = tf.reshape<tf.Rank.R1>(inputs.targets, [-1]);
  const loss = captionLoss(flat, targets, tf.reshape<tf.Rank.R1>(inputs.lossWeights, [-1]), smoothing);
  if (penaltyWeight === 0) return loss;
  if (!attention) throw new Error('there is no attention to be penalized');
  return tf.add(loss, tf.mul(penaltyWeight, attentionPenalty(attention, inputs.lossWeights)));
}

/**
 * What a batch asks of the weights, as a pure function of tensors that can be compiled to a graph: the loss of all
 * prefixes of its captions and its gradients. Weights that are averages of the data get their next values from the
 * captioner instead.
 *
 * Takes the weights in the order of the captioner's names and then the tensors of the batch in the order of
 * `StepInputs`; returns the loss, the norm of all gradients, and for each weight its gradient or its next value.
 */
export function gradientStep(captioner: Captioner, options: StepOptions): TensorFunction {
  const names = Object.keys(captioner.specs);
  const trainable = names.filter((name) => captioner.specs[name].trainable !== false);
  const { labelSmoothing, attentionPenalty: penaltyWeight = 0, scheduledSampling = 0 } = options;
  return (...tensors) => {
    const weights = weightsByName(captioner, tensors.slice(0, names.length));
    const inputs = unpackInputs(tensors.slice(names.length));
    const [, , , share] = tf.split(inputs.rates, 4); // [1] each
    const tokens =
      scheduledSampling > 0 ? withScheduledSampling(captioner, weights, inputs, share) : inputs.tokens;
    const loss = (...changed: tf.Tensor[]) => {
      const dropout = options.training === false ? undefined : new Dropout(options.dropout, inputs.seed);
      const all = { ...weights, ...Object.fromEntries(trainable.map((name, i) => [name, changed[i]])) };
      return batchLoss(captioner, all, { ...inputs, tokens }, labelSmoothing, dropout, penaltyWeight);
    };
    const { value, grads } = tf.valueAndGrads(loss)(trainable.map((name) => weights[name]));
    const averages =
      options.training === false ? weights : (captioner.updateStatistics?.(weights, inputs.features) ?? {});
    const changes = names.map((name) => grads[trainable.indexOf(name)] ?? averages[name]);
    return [value, globalNorm(grads), ...changes];
  };
}

/**
 * A whole training step as one pure function: `gradientStep`, then what the optimizer makes of it. `Learner` does the
 * same faster.
 *
 * Takes the tensors of the state (weights, momentum, variance, average) and then those of the batch in the
 * order of `StepInputs`; returns the loss, the gradient norm and the tensors of the new state.
 */
export function trainingStep(captioner: Captioner, options: StepOptions): TensorFunction {
  const specs = Object.values(captioner.specs);
  const averaging = options.emaDecay > 0;
  const gradients = gradientStep(captioner, options);
  return (...tensors) => {
    const size = specs.length * (averaging ? 4 : 3);
    const state = unpackState(tensors.slice(0, size), averaging);
    const batch = tensors.slice(size);
    const [loss, norm, ...changes] = gradients(...state.weights, ...batch);
    const { rates } = unpackInputs(batch);
    return [loss, norm, ...packState(applyGradients(specs, options, state, changes, norm, rates))];
  };
}

function unpackInputs(tensors: tf.Tensor[]): StepInputs {
  const [features, tokens, targets, weights, seed, rates] = tensors;
  return { features, tokens, targets, lossWeights: weights, seed, rates } as StepInputs;
}
