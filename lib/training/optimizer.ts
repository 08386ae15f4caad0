import * as tf from '@tensorflow/tfjs-core';
import type { WeightSpec } from '../captioners/captioner';
import type { TrainingOptions } from '../config/options';
import type { StatefulFunction } from '../ops/compiled';
import { kernels } from '../ops/kernels';

/** All tensors that a training step changes, each list in the order of the captioner's weight names. */
export interface OptimizerState {
  weights: tf.Tensor[];
  /** moving averages of gradients and of their squares (Adam) */
  momentum: tf.Tensor[];
  variance: tf.Tensor[];
  /** moving average of the weights; empty where it is switched off */
  average: tf.Tensor[];
}

const adamSettings = {
  beta1: 0.9,
  beta2: 0.98, // 0.999 reacts too slowly in trainings of a few thousand steps
  epsilon: 1e-8,
};

export type OptimizerOptions = Pick<TrainingOptions, 'clipNorm' | 'weightDecay' | 'emaDecay'>;

/**
 * The state after a step: clipping by global norm (Pascanu et al. 2013), Adam with decoupled weight decay of matrices
 * (Kingma & Ba 2015; Loshchilov & Hutter 2019), moving average of the weights.
 * @param specs of the weights
 * @param changes the gradient of each weight; of weights that are averages of the data, their next values
 * @param norm of all gradients together, a scalar
 * @param rates see `stepRates` [4]
 */
export function applyGradients(
  specs: readonly WeightSpec[],
  { clipNorm, weightDecay, emaDecay }: OptimizerOptions,
  before: OptimizerState,
  changes: readonly tf.Tensor[],
  norm: tf.Tensor,
  rates: tf.Tensor1D,
): OptimizerState {
  const clip = tf.minimum(1, tf.div(clipNorm, tf.add(norm, 1e-12)));
  const [corrected, plain, share] = tf.split(rates, 4).map((one) => tf.reshape(one, []) as tf.Scalar);
  const after: OptimizerState = { weights: [], momentum: [], variance: [], average: [] };
  specs.forEach(({ trainable = true, lrMultiplier = 1 }, i) => {
    const [weight, momentum, variance] = [before.weights[i], before.momentum[i], before.variance[i]];
    const decays = weightDecay > 0 && weight.rank > 1;
    const decayed = () => tf.mul(weight, tf.sub(1, tf.mul(plain, weightDecay * lrMultiplier)));
    const next = !trainable
      ? { weight: changes[i], momentum, variance }
      : kernels().adam(
          { weight: decays ? decayed() : weight, momentum, variance },
          tf.mul(changes[i], clip),
          lrMultiplier === 1 ? corrected : tf.mul(corrected, lrMultiplier),
          adamSettings,
        );
    after.weights.push(next.weight);
    after.momentum.push(next.momentum);
    after.variance.push(next.variance);
    if (emaDecay === 0) return;
    after.average.push(
      !trainable ? next.weight : kernels().movingAverage(before.average[i], next.weight, share),
    );
  });
  return after;
}

/** What the optimizer reads at a step, in the order of its graph; for the rates see `stepRates` [4]. */
export function optimizerInputs(
  weights: readonly tf.Tensor[],
  changes: readonly tf.Tensor[],
  norm: tf.Tensor,
  rates: tf.Tensor,
): tf.Tensor[] {
  return [...weights, ...changes, norm, rates];
}

/**
 * `optimized` as a function of what moves inside the optimizer (momentum, variance, average) and of `optimizerInputs`.
 * Its outputs are the next weights.
 */
export function optimizerStep(specs: readonly WeightSpec[], options: OptimizerOptions): StatefulFunction {
  const count = specs.length;
  return (moving, inputs) => {
    const before = unpackState([...inputs.slice(0, count), ...moving], options.emaDecay > 0);
    const [norm, rates] = inputs.slice(2 * count);
    const changes = inputs.slice(count, 2 * count);
    const { weights, ...after } = applyGradients(specs, options, before, changes, norm, rates as tf.Tensor1D);
    return { outputs: weights, state: packState({ weights: [], ...after }) };
  };
}

/** The norm of all gradients together. */
export function globalNorm(gradients: tf.Tensor[]): tf.Tensor {
  return tf.sqrt(tf.addN(gradients.map((gradient) => kernels().sumOfSquares(gradient))));
}

/** The state as one list, in the order in which the step takes and returns it. */
export function packState(state: OptimizerState): tf.Tensor[] {
  return [...state.weights, ...state.momentum, ...state.variance, ...state.average];
}

/** The inverse of `packState`. */
export function unpackState(tensors: tf.Tensor[], averaging: boolean): OptimizerState {
  const count = tensors.length / (averaging ? 4 : 3);
  const part = (index: number) => tensors.slice(index * count, (index + 1) * count);
  return { weights: part(0), momentum: part(1), variance: part(2), average: averaging ? part(3) : [] };
}

/** Tensors by names that keep their order in a file; those of whole numbers would be sorted as numbers. */
export function numbered(tensors: tf.Tensor[]): Record<string, tf.Tensor> {
  return Object.fromEntries(tensors.map((tensor, i) => [`t${i}`, tensor]));
}

/** The state before the first step. */
export function firstState(weights: tf.Tensor[], averaging: boolean): OptimizerState {
  const zeros = () => weights.map((weight) => tf.zerosLike(weight));
  const average = averaging ? weights.map((weight) => tf.clone(weight)) : [];
  return { weights, momentum: zeros(), variance: zeros(), average };
}

/**
 * The numbers that change from step to step.
 * @param step from 0
 * @param scheduledSampling share of the words read that are the captioner's own
 * @returns learning rate with Adam's bias correction, the plain one, the share that the new weights get in the
 *   moving average, which is larger in the first steps, so that the starting weights are soon forgotten, and
 *   `scheduledSampling`
 */
export function stepRates(
  rate: number,
  step: number,
  emaDecay: number,
  scheduledSampling = 0,
): [number, number, number, number] {
  const t = step + 1;
  const { beta1, beta2 } = adamSettings;
  const corrected = (rate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t);
  return [corrected, rate, 1 - Math.min(emaDecay, t / (t + 9)), scheduledSampling];
}
