import type * as tf from '@tensorflow/tfjs-core';
import type { Captioner } from '../captioners/captioner';
import type { Monitor } from './record';
import type { TrainingCourse } from './schedule';

/** What one training step learns from. */
export interface StepData {
  /** features, words, targets and weights, as `StepInputs` names them */
  tensors: tf.Tensor[];
  /** captions that count */
  captions: number;
  /** what the stage tells of this step beside its loss, such as a mean reward */
  reward?: number;
}

/** A way of learning: what the steps of an epoch see, and how fast they go. The trainer does the rest. */
export interface Stage {
  readonly name: string;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  /** what learns, with the weights of the task's captioner; none: that captioner itself */
  readonly captioner?: Captioner;
  readonly dropout: number;
  readonly labelSmoothing: number;
  /** The captioner works as when it writes captions: without dropout, and averages of the data stay as they are. */
  readonly training?: boolean;
  /** weight of the penalty on attention; none: 0 */
  readonly attentionPenalty?: number;
  /** share of the words read that are the captioner's own, at the end; none: 0 */
  readonly scheduledSampling?: number;
  /** The last epoch ends when its steps and those before have taken so many minutes; 0 or none: no limit. */
  readonly maxMinutes?: number;
  /** what tells which epoch is the best; none: CIDEr */
  readonly monitor?: Monitor;
  /** Learning rate of a step of the whole stage, from 0. */
  learningRate(step: number, course: TrainingCourse): number;
  /** The same epoch, index and weights give the same data. */
  stepData(epoch: number, index: number, weights: readonly tf.Tensor[]): Promise<StepData>;
  /** Frees what the stage has compiled. */
  dispose?(): void;
}
