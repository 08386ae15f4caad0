import * as tf from '@tensorflow/tfjs-core';
import type { Captioner, Weights } from '../lib/captioners/captioner';
import { initializeWeights } from '../lib/captioners/initialize';
import { createCaptioner, type CaptionerName } from '../lib/captioners/registry';
import { Learner } from '../lib/training/learner';
import { initialOptimizerState, ratesAsTensors, stepRates, type StepRates } from '../lib/training/optimizer';
import type { BatchTensors, StepInputs } from '../lib/training/step';
import { mapTensors } from '../lib/ops/nested-tensors';
import { timed } from './race';
import type { Contender } from './row';
import type { Sizes } from './sizes';

export type Precision = 'float32' | 'bfloat16';

/** How all contenders train. */
export const training = {
  learningRate: 1e-3,
  clipNorm: 1,
  labelSmoothing: 0.1,
  weightDecay: 0.01,
  emaDecay: 0.998,
};

/** Steps without dropout whose losses are compared: the later ones tell whether gradients and Adam agree. */
const CHECKED_STEPS = 3;

/** A batch of captions of random words, one for each image, all of the same length. */
export function randomBatch({
  captions,
  steps,
  regions,
  channels,
  vocabSize,
}: Sizes): Record<string, tf.Tensor> {
  const ids = (seed: number) => tf.floor(tf.randomUniform([captions, steps], 4, vocabSize, 'float32', seed));
  return {
    features: tf.randomUniform([captions, regions, channels], 0, 1, 'float32', 1),
    tokens: ids(2),
    targets: ids(3),
    lossWeights: tf.ones([captions, steps]),
  };
}

/** Names with a prefix. */
export function prefixed(prefix: string, tensors: Record<string, tf.Tensor>): Record<string, tf.Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, x]) => [`${prefix}${name}`, x]));
}

/** A captioner with its starting weights and a batch, which peers get too. */
export interface TrainingTask {
  captioner: Captioner;
  dropout: number;
  weights: Record<string, tf.Tensor>;
  batch: Record<string, tf.Tensor>;
}

export function trainingTask(model: CaptionerName, sizes: Sizes): TrainingTask {
  const options = sizes.captionerOptions(model);
  const captioner = createCaptioner(options, sizes);
  return {
    captioner,
    dropout: options.dropout,
    weights: initializeWeights(captioner.specs, 1),
    batch: randomBatch(sizes),
  };
}

/** The project's own training step. */
export class OurTraining implements Contender {
  readonly name = 'this project';
  private readonly inputs: BatchTensors;
  private readonly learner: Learner;
  private taken = 0;

  constructor(
    private readonly task: TrainingTask,
    private readonly precision: Precision,
    private readonly stepsInRound: number,
  ) {
    const { batch } = task;
    this.inputs = {
      features: tf.clone(batch['features']) as tf.Tensor3D,
      tokens: tf.cast(batch['tokens'], 'int32') as tf.Tensor2D,
      targets: tf.cast(batch['targets'], 'int32') as tf.Tensor2D,
      lossWeights: tf.clone(batch['lossWeights']) as tf.Tensor2D,
    };
    this.learner = this.newLearner(task.dropout);
  }

  /** Losses of the first steps, without dropout. */
  check(): Promise<number[]> {
    const learner = this.newLearner(0);
    const losses = Array.from({ length: CHECKED_STEPS }, (_, taken) => this.step(learner, taken));
    learner.dispose();
    return Promise.resolve(losses);
  }

  round(): Promise<number> {
    return timed(() => {
      for (let i = 0; i < this.stepsInRound; i++) this.step(this.learner, this.taken++);
    });
  }

  close(): void {
    this.learner.dispose();
    tf.dispose(this.inputs);
  }

  /** The weights and the first batch: what `gradientStep` takes. */
  gradientInputs(): { weights: Weights; batch: StepInputs } {
    const rates = ratesAsTensors(this.rates(0));
    const seed = tf.tensor1d([1, 0], 'int32');
    return { weights: this.learner.weights, batch: { ...this.inputs, seed, rates } };
  }

  private newLearner(dropout: number): Learner {
    const weights = mapTensors(this.task.weights, (x) => tf.clone(x));
    const options = { ...training, dropout, precision: this.precision };
    return new Learner(this.task.captioner, options, initialOptimizerState(weights, options));
  }

  private rates(step: number): StepRates<number> {
    return stepRates({ learningRate: training.learningRate, step, emaDecay: training.emaDecay });
  }

  private step(learner: Learner, taken: number): number {
    return learner.step(this.inputs, [1, taken], this.rates(taken)).loss;
  }
}
