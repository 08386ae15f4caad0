import * as tf from '@tensorflow/tfjs-core';
import type { Captioner, Weights } from '../captioners/captioner';
import type { TrainingOptions } from '../config/options';
import { Dropout } from '../ops/layers';
import { captionLoss } from '../ops/loss';

/** All tensors that a training step changes, each list in the order of the captioner's weight names. */
export interface OptimizerState {
  weights: tf.Tensor[];
  /** moving averages of gradients and of their squares (Adam) */
  momentum: tf.Tensor[];
  variance: tf.Tensor[];
  /** moving average of the weights; empty where it is switched off */
  average: tf.Tensor[];
}

/** The tensors of a batch, in the order in which the step takes them. */
export interface StepInputs {
  features: tf.Tensor3D; // [batch, regions, channels]
  words: tf.Tensor2D; // int32 [batch, steps]
  targets: tf.Tensor2D; // int32 [batch, steps]
  weights: tf.Tensor2D; // [batch, steps]
  seed: tf.Tensor1D; // int32 [2]
  /** see `stepRates` */
  rates: tf.Tensor1D; // [3]
}

const beta1 = 0.9;
const beta2 = 0.98; // 0.999 reacts too slowly in trainings of a few thousand steps
const epsilon = 1e-8;

type StepOptions = Pick<TrainingOptions, 'clipNorm' | 'labelSmoothing' | 'weightDecay' | 'averageDecay'> & {
  dropout: number;
};

/** Weights by name from a list in the order of the captioner's names. */
export function named(captioner: Captioner, tensors: readonly tf.Tensor[]): Weights {
  return Object.fromEntries(Object.keys(captioner.specs).map((name, i) => [name, tensors[i]]));
}

/** The loss of a batch, mean nats per word. */
export function batchLoss(
  captioner: Captioner,
  weights: Weights,
  inputs: Pick<StepInputs, 'features' | 'words' | 'targets' | 'weights'>,
  smoothing: number,
  dropout?: Dropout,
): tf.Scalar {
  const { logits } = captioner.forward(weights, inputs.features, inputs.words, dropout);
  const flat = tf.reshape<tf.Rank.R2>(logits, [-1, logits.shape[2]]); // [batch * steps, words]
  const targets = tf.reshape<tf.Rank.R1>(inputs.targets, [-1]);
  return captionLoss(flat, targets, tf.reshape<tf.Rank.R1>(inputs.weights, [-1]), smoothing);
}

/**
 * One training step as a pure function of tensors, made to be compiled to a graph: gradients of all prefixes
 * of a batch of captions, clipping by global norm (Pascanu et al. 2013), Adam with decoupled weight decay of
 * matrices (Kingma & Ba 2015; Loshchilov & Hutter 2019), moving average of the weights.
 *
 * Takes the tensors of the state (weights, momentum, variance, average) and then those of the batch in the
 * order of `StepInputs`; returns the loss, the gradient norm and the tensors of the new state.
 */
export function trainingStep(captioner: Captioner, options: StepOptions): (...t: tf.Tensor[]) => tf.Tensor[] {
  const count = Object.keys(captioner.specs).length;
  const averaging = options.averageDecay > 0;
  return (...tensors) => {
    const state = unpackState(tensors, count, averaging);
    const inputs = unpackInputs(tensors.slice((averaging ? 4 : 3) * count));
    const loss = (...weights: tf.Tensor[]) => {
      const dropout = new Dropout(options.dropout, inputs.seed);
      return batchLoss(captioner, named(captioner, weights), inputs, options.labelSmoothing, dropout);
    };
    const { value, grads } = tf.valueAndGrads(loss)(state.weights);
    const norm = globalNorm(grads);
    const clip = tf.minimum(1, tf.div(options.clipNorm, tf.add(norm, 1e-12)));
    const next = adam(state, grads, clip, inputs.rates, options);
    return [value, norm, ...packState(next)];
  };
}

/** The state as one list, in the order in which the step takes and returns it. */
export function packState(state: OptimizerState): tf.Tensor[] {
  return [...state.weights, ...state.momentum, ...state.variance, ...state.average];
}

/** The inverse of `packState`; tensors beyond the state are left alone. */
export function unpackState(tensors: tf.Tensor[], count: number, averaging: boolean): OptimizerState {
  const part = (index: number) => tensors.slice(index * count, (index + 1) * count);
  return { weights: part(0), momentum: part(1), variance: part(2), average: averaging ? part(3) : [] };
}

function unpackInputs(tensors: tf.Tensor[]): StepInputs {
  const [features, words, targets, weights, seed, rates] = tensors;
  return { features, words, targets, weights, seed, rates } as StepInputs;
}

function globalNorm(gradients: tf.Tensor[]): tf.Tensor {
  return tf.sqrt(tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient)))));
}

function adam(
  state: OptimizerState,
  gradients: tf.Tensor[],
  clip: tf.Tensor,
  rates: tf.Tensor1D,
  { weightDecay, averageDecay }: StepOptions,
): OptimizerState {
  const [corrected, plain, averaging] = tf.split(rates, 3); // [1] each
  const next: OptimizerState = { weights: [], momentum: [], variance: [], average: [] };
  gradients.forEach((raw, i) => {
    const gradient = tf.mul(raw, clip);
    const momentum = mix(state.momentum[i], gradient, beta1);
    const variance = mix(state.variance[i], tf.square(gradient), beta2);
    let change = tf.mul(corrected, tf.div(momentum, tf.add(tf.sqrt(variance), epsilon)));
    if (weightDecay > 0 && state.weights[i].rank > 1) {
      change = tf.add(change, tf.mul(tf.mul(plain, weightDecay), state.weights[i]));
    }
    const weight = tf.sub(state.weights[i], change);
    next.weights.push(weight);
    next.momentum.push(momentum);
    next.variance.push(variance);
    if (averageDecay > 0) {
      const away = tf.mul(averaging, tf.sub(weight, state.average[i]));
      next.average.push(tf.add(state.average[i], away));
    }
  });
  return next;
}

/** `old * share + fresh * (1 - share)`. */
function mix(old: tf.Tensor, fresh: tf.Tensor, share: number): tf.Tensor {
  return tf.add(tf.mul(old, share), tf.mul(fresh, 1 - share));
}

/**
 * The numbers that change from step to step.
 * @param step from 0
 * @returns learning rate with Adam's bias correction, the plain one, and the share that the new weights get in
 *   the moving average, which is larger in the first steps, so that the starting weights are soon forgotten
 */
export function stepRates(rate: number, step: number, averageDecay: number): [number, number, number] {
  const t = step + 1;
  const corrected = (rate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t);
  return [corrected, rate, 1 - Math.min(averageDecay, t / (t + 9))];
}
