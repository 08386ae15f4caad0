import * as tf from '@tensorflow/tfjs-core';
import type { Weights, WeightSpec } from '../captioners/captioner';
import type { TrainingOptions } from './options';
import type { StatefulFunction } from '../ops/compiled';
import { kernels } from '../ops/kernels';
import { mapTensors } from '../ops/nested-tensors';

/** All tensors that a training step changes, each by the name of the captioner's weight. */
export type OptimizerState = {
  weights: Weights;
  /** moving averages of gradients and of their squares (Adam) */
  momentum: Weights;
  variance: Weights;
  /** exponential moving average (EMA) of the weights; none where it is switched off */
  ema?: Weights;
};

/** What a step does to the weights: the gradients of those that are trained, the next values of the others. */
export type WeightUpdates = {
  gradients: Weights;
  /** of weights that are statistics of the data; those without a next value stay as they are */
  statistics: Weights;
  /** norm of all gradients together */
  norm: tf.Scalar;
};

/** The numbers that change from step to step, as numbers or as scalar tensors. */
export type StepRates<Value> = {
  learningRate: Value;
  /** the learning rate with Adam's bias correction */
  correctedLearningRate: Value;
  /** share of the new weights in their EMA */
  emaShare: Value;
  /** share of the tokens read that the captioner has predicted itself */
  scheduledSampling: Value;
};

const adamSettings = {
  beta1: 0.9,
  beta2: 0.98, // 0.999 reacts too slowly in trainings of a few thousand steps
  epsilon: 1e-8,
};

export type OptimizerOptions = Pick<TrainingOptions, 'clipNorm' | 'weightDecay' | 'emaDecay'>;

/**
 * The state after a step: clipping by global norm (Pascanu et al. 2013), Adam with decoupled weight decay of matrices
 * (Kingma & Ba 2015; Loshchilov & Hutter 2019), EMA of the weights.
 */
export function applyGradients(
  specs: Record<string, WeightSpec>,
  { clipNorm, weightDecay, emaDecay }: OptimizerOptions,
  before: OptimizerState,
  { gradients, statistics, norm }: WeightUpdates,
  { learningRate, correctedLearningRate, emaShare }: StepRates<tf.Scalar>,
): OptimizerState {
  const clip = tf.minimum(1, tf.div(clipNorm, tf.add(norm, 1e-12)));
  const after: OptimizerState = { weights: {}, momentum: {}, variance: {} };
  for (const [name, { trainable = true, lrMultiplier = 1 }] of Object.entries(specs)) {
    const [weight, momentum, variance] = [before.weights[name], before.momentum[name], before.variance[name]];
    const decays = weightDecay > 0 && weight.rank > 1;
    const decayed = () => tf.mul(weight, tf.sub(1, tf.mul(learningRate, weightDecay * lrMultiplier)));
    const next = !trainable
      ? { weight: statistics[name] ?? weight, momentum, variance }
      : kernels().adam(
          { weight: decays ? decayed() : weight, momentum, variance },
          tf.mul(gradients[name], clip),
          lrMultiplier === 1 ? correctedLearningRate : tf.mul(correctedLearningRate, lrMultiplier),
          adamSettings,
        );
    after.weights[name] = next.weight;
    after.momentum[name] = next.momentum;
    after.variance[name] = next.variance;
    if (emaDecay === 0) continue;
    after.ema ??= {};
    after.ema[name] = trainable
      ? kernels().movingAverage(before.ema![name], next.weight, emaShare)
      : next.weight;
  }
  return after;
}

/** What the optimizer keeps inside TensorFlow from step to step. */
export type Moments = Omit<OptimizerState, 'weights'>;

/** What the optimizer reads at a step. */
export type OptimizerInputs = { weights: Weights; updates: WeightUpdates; rates: StepRates<tf.Scalar> };

/** `applyGradients` as a function with a state; its outputs are the next weights. */
export function optimizerStep(
  specs: Record<string, WeightSpec>,
  options: OptimizerOptions,
): StatefulFunction<Moments, OptimizerInputs, Weights> {
  return (moments, { weights, updates, rates }) => {
    const { weights: next, ...state } = applyGradients(
      specs,
      options,
      { weights, ...moments },
      updates,
      rates,
    );
    return { outputs: next, state };
  };
}

/** The norm of all gradients together. */
export function globalNorm(gradients: tf.Tensor[]): tf.Scalar {
  return tf.sqrt(tf.addN(gradients.map((gradient) => kernels().sumOfSquares(gradient)))) as tf.Scalar;
}

/** The state before the first step; the weights become its own. */
export function initialOptimizerState(weights: Weights, { emaDecay }: OptimizerOptions): OptimizerState {
  const zeros = () => mapTensors(weights, (weight) => tf.zerosLike(weight));
  return {
    weights,
    momentum: zeros(),
    variance: zeros(),
    ...(emaDecay > 0 ? { ema: mapTensors(weights, (weight) => tf.clone(weight)) } : {}),
  };
}

/**
 * The rates of a step.
 * @param step from 0
 * @returns the EMA's share is larger in the first steps, so that the starting weights are soon forgotten
 */
export function stepRates({
  learningRate,
  step,
  emaDecay,
  scheduledSampling = 0,
}: {
  learningRate: number;
  step: number;
  emaDecay: number;
  scheduledSampling?: number;
}): StepRates<number> {
  const t = step + 1;
  const { beta1, beta2 } = adamSettings;
  return {
    learningRate,
    correctedLearningRate: (learningRate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t),
    emaShare: 1 - Math.min(emaDecay, t / (t + 9)),
    scheduledSampling,
  };
}

/** The rates as tensors, which the caller disposes. */
export function ratesAsTensors(rates: StepRates<number>): StepRates<tf.Scalar> {
  return {
    learningRate: tf.scalar(rates.learningRate),
    correctedLearningRate: tf.scalar(rates.correctedLearningRate),
    emaShare: tf.scalar(rates.emaShare),
    scheduledSampling: tf.scalar(rates.scheduledSampling),
  };
}
