import * as tf from '@tensorflow/tfjs-core';
import type { Captioner } from '../lib/captioners/captioner';
import { createCaptioner } from '../lib/captioners/create';
import { initialise } from '../lib/captioners/initialise';
import type { CaptionerName } from '../lib/config/captioner-options';
import { compile } from '../lib/native/graph/compile';
import type { Compiled } from '../lib/ops/compiled';
import { firstState, packState, stepRates, trainingStep } from '../lib/training/step';
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
  averageDecay: 0.998,
};

/** Steps without dropout whose losses are compared: the later ones tell whether gradients and Adam agree. */
const checkedSteps = 3;

/** A batch of captions of random words, one for each image, all of the same length. */
export function randomBatch({ captions, steps, regions, channels, words }: Sizes): Record<string, tf.Tensor> {
  const ids = (seed: number) => tf.floor(tf.randomUniform([captions, steps], 4, words, 'float32', seed));
  return {
    features: tf.randomUniform([captions, regions, channels], 0, 1, 'float32', 1),
    words: ids(2),
    targets: ids(3),
    weights: tf.ones([captions, steps]),
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
  const options = sizes.captioners[model];
  const captioner = createCaptioner(options, sizes);
  return {
    captioner,
    dropout: options.dropout,
    weights: initialise(captioner.specs, 1),
    batch: randomBatch(sizes),
  };
}

/** The project's own training step, compiled. */
export class OurTraining implements Contender {
  readonly name = 'this project';
  private state: tf.Tensor[];
  private readonly inputs: tf.Tensor[];
  private taken = 0;
  private readonly graph: Compiled;

  constructor(
    private readonly task: TrainingTask,
    private readonly precision: Precision,
    private readonly stepsInRound: number,
  ) {
    const { weights, batch } = task;
    this.state = packState(
      firstState(
        Object.values(weights).map((x) => tf.clone(x)),
        true,
      ),
    );
    const whole = (x: tf.Tensor) => tf.cast(x, 'int32');
    this.inputs = [
      tf.clone(batch['features']),
      whole(batch['words']),
      whole(batch['targets']),
      tf.clone(batch['weights']),
    ];
    this.graph = this.compiled(task.dropout);
  }

  /** Losses of the first steps, without dropout. */
  async check(): Promise<number[]> {
    const step = this.compiled(0);
    const losses: number[] = [];
    for (let i = 0; i < checkedSteps; i++) losses.push(await this.step(step));
    step.dispose();
    return losses;
  }

  round(): Promise<number> {
    return timed(async () => {
      for (let i = 0; i < this.stepsInRound; i++) await this.step(this.graph);
    });
  }

  close(): void {
    this.graph.dispose();
    tf.dispose([this.state, this.inputs]);
  }

  private compiled(dropout: number): Compiled {
    return compile(trainingStep(this.task.captioner, { ...training, dropout }), {
      precision: this.precision === 'bfloat16' ? 'bfloat16-products' : 'float32',
      name: 'the training step',
    });
  }

  /** What a step takes: state, batch, seed and rates. The caller disposes the last two alone. */
  tensors(): tf.Tensor[] {
    const seed = tf.tensor1d([1, this.taken], 'int32');
    const rates = tf.tensor1d(stepRates(training.learningRate, this.taken, training.averageDecay));
    return [...this.state, ...this.inputs, seed, rates];
  }

  /** A step, operation by operation. */
  eagerly(tensors: tf.Tensor[]): tf.Tensor[] {
    return trainingStep(this.task.captioner, { ...training, dropout: this.task.dropout })(...tensors);
  }

  private async step(step: Compiled): Promise<number> {
    const tensors = this.tensors();
    const [loss, norm, ...state] = step(tensors);
    tf.dispose([this.state, norm, ...tensors.slice(-2)]);
    this.state = state;
    this.taken++;
    const [value] = await loss.data();
    loss.dispose();
    return value;
  }
}
