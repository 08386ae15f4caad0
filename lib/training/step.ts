import * as tf from '@tensorflow/tfjs-core';
import type { Captioner, Weights } from '../captioners/captioner';
import type { TrainingOptions } from '../config/options';
import { kernels, type AdamState } from '../ops/kernels';
import { Dropout } from '../ops/layers';
import { attentionPenalty, captionLoss } from '../ops/loss';
import { withSampledWords } from './sampled-words';

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
  rates: tf.Tensor1D; // [4]
}

const adamSettings = {
  beta1: 0.9,
  beta2: 0.98, // 0.999 reacts too slowly in trainings of a few thousand steps
  epsilon: 1e-8,
};

type StepOptions = Pick<TrainingOptions, 'clipNorm' | 'labelSmoothing' | 'weightDecay' | 'averageDecay'> &
  Partial<Pick<TrainingOptions, 'attentionPenalty' | 'sampledWords'>> & {
    dropout: number;
    /** see `Stage` */
    asWriting?: boolean;
  };

/** Weights by name from a list in the order of the captioner's names. */
export function named(captioner: Captioner, tensors: readonly tf.Tensor[]): Weights {
  return Object.fromEntries(Object.keys(captioner.specs).map((name, i) => [name, tensors[i]]));
}

/** The loss of a batch, mean nats per word, and the penalty on its attention times its weight. */
export function batchLoss(
  captioner: Captioner,
  weights: Weights,
  inputs: Pick<StepInputs, 'features' | 'words' | 'targets' | 'weights'>,
  smoothing: number,
  dropout?: Dropout,
  penaltyWeight = 0,
): tf.Scalar {
  const { logits, attention } = captioner.forward(weights, inputs.features, inputs.words, dropout);
  const flat = tf.reshape<tf.Rank.R2>(logits, [-1, logits.shape[2]]); // [batch * steps, words]
  const targets = tf.reshape<tf.Rank.R1>(inputs.targets, [-1]);
  const loss = captionLoss(flat, targets, tf.reshape<tf.Rank.R1>(inputs.weights, [-1]), smoothing);
  if (penaltyWeight === 0) return loss;
  if (!attention) throw new Error('there is no attention to be penalised');
  return tf.add(loss, tf.mul(penaltyWeight, attentionPenalty(attention, inputs.weights)));
}

/**
 * One training step as a pure function of tensors, made to be compiled to a graph: gradients of all prefixes
 * of a batch of captions, clipping by global norm (Pascanu et al. 2013), Adam with decoupled weight decay of
 * matrices (Kingma & Ba 2015; Loshchilov & Hutter 2019), moving average of the weights. Weights that are averages
 * of the data take their next values from the captioner instead.
 *
 * Takes the tensors of the state (weights, momentum, variance, average) and then those of the batch in the
 * order of `StepInputs`; returns the loss, the gradient norm and the tensors of the new state.
 */
export function trainingStep(captioner: Captioner, options: StepOptions): (...t: tf.Tensor[]) => tf.Tensor[] {
  const names = Object.keys(captioner.specs);
  const learnt = names.filter((name) => !captioner.specs[name].averaged);
  const averaging = options.averageDecay > 0;
  const { labelSmoothing, attentionPenalty: penaltyWeight = 0, sampledWords = 0 } = options;
  return (...tensors) => {
    const size = names.length * (averaging ? 4 : 3);
    const state = unpackState(tensors.slice(0, size), averaging);
    const inputs = unpackInputs(tensors.slice(size));
    const [, , , share] = tf.split(inputs.rates, 4); // [1] each
    const weights = named(captioner, state.weights);
    const words = sampledWords > 0 ? withSampledWords(captioner, weights, inputs, share) : inputs.words;
    const loss = (...changed: tf.Tensor[]) => {
      const dropout = options.asWriting ? undefined : new Dropout(options.dropout, inputs.seed);
      const all = { ...weights, ...Object.fromEntries(learnt.map((name, i) => [name, changed[i]])) };
      return batchLoss(captioner, all, { ...inputs, words }, labelSmoothing, dropout, penaltyWeight);
    };
    const { value, grads } = tf.valueAndGrads(loss)(learnt.map((name) => weights[name]));
    const norm = globalNorm(grads);
    const clip = tf.minimum(1, tf.div(options.clipNorm, tf.add(norm, 1e-12)));
    const averages = options.asWriting ? weights : (captioner.averages?.(weights, inputs.features) ?? {});
    const next = names.map((name, i): WeightState => {
      const before: WeightState = {
        weight: state.weights[i],
        momentum: state.momentum[i],
        variance: state.variance[i],
        average: state.average[i],
      };
      const gradient = grads[learnt.indexOf(name)];
      const { rate } = captioner.specs[name];
      if (gradient) return updated(before, tf.mul(gradient, clip), inputs.rates, options, rate);
      return { ...before, weight: averages[name], average: averages[name] };
    });
    const list = (of: keyof WeightState) => next.map((one) => one[of]);
    const [momentum, variance, average] = [
      list('momentum'),
      list('variance'),
      averaging ? list('average') : [],
    ];
    return [value, norm, ...packState({ weights: list('weight'), momentum, variance, average })];
  };
}

/** The state as one list, in the order in which the step takes and returns it. */
export function packState(state: OptimizerState): tf.Tensor[] {
  return [...state.weights, ...state.momentum, ...state.variance, ...state.average];
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

/** The inverse of `packState`. */
export function unpackState(tensors: tf.Tensor[], averaging: boolean): OptimizerState {
  const count = tensors.length / (averaging ? 4 : 3);
  const part = (index: number) => tensors.slice(index * count, (index + 1) * count);
  return { weights: part(0), momentum: part(1), variance: part(2), average: averaging ? part(3) : [] };
}

function unpackInputs(tensors: tf.Tensor[]): StepInputs {
  const [features, words, targets, weights, seed, rates] = tensors;
  return { features, words, targets, weights, seed, rates } as StepInputs;
}

function globalNorm(gradients: tf.Tensor[]): tf.Tensor {
  return tf.sqrt(tf.addN(gradients.map((gradient) => kernels().sumOfSquares(gradient))));
}

/** What the state holds of one weight; its average is undefined where none is kept. */
type WeightState = AdamState & { average: tf.Tensor };

function updated(
  { weight, momentum, variance, average }: WeightState,
  gradient: tf.Tensor,
  rates: tf.Tensor1D,
  { weightDecay, averageDecay }: StepOptions,
  rate = 1,
): WeightState {
  const [corrected, plain, averaging] = tf.split(rates, 4).map((one) => tf.reshape(one, []) as tf.Scalar);
  const decayed =
    weightDecay > 0 && weight.rank > 1
      ? tf.mul(weight, tf.sub(1, tf.mul(plain, weightDecay * rate)))
      : weight;
  const own = rate === 1 ? corrected : (tf.mul(corrected, rate) as tf.Scalar);
  const next = kernels().adam({ weight: decayed, momentum, variance }, gradient, own, adamSettings);
  const moved = averageDecay > 0 ? tf.add(average, tf.mul(averaging, tf.sub(next.weight, average))) : average;
  return { ...next, average: moved };
}

/**
 * The numbers that change from step to step.
 * @param step from 0
 * @param sampledWords share of the words read that are the captioner's own
 * @returns learning rate with Adam's bias correction, the plain one, the share that the new weights get in the
 *   moving average, which is larger in the first steps, so that the starting weights are soon forgotten, and
 *   `sampledWords`
 */
export function stepRates(
  rate: number,
  step: number,
  averageDecay: number,
  sampledWords = 0,
): [number, number, number, number] {
  const t = step + 1;
  const { beta1, beta2 } = adamSettings;
  const corrected = (rate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t);
  return [corrected, rate, 1 - Math.min(averageDecay, t / (t + 9)), sampledWords];
}
