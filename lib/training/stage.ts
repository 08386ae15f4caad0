import type { Captioner, Weights } from '../captioners/captioner';
import type { Monitor } from './record';
import type { TrainingCourse } from './schedule';
import type { BatchTensors } from './step';

/** What one training step learns from. */
export interface StepData {
  batch: BatchTensors;
  /** captions that count */
  captions: number;
  /** mean reward of the captions, of stages that have one */
  reward?: number;
}

/** A way of learning: the data and the learning rate of each step. The trainer does the rest. */
export interface Stage {
  readonly name: string;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  /** what is trained, with the weights of the task's captioner; default: that captioner */
  readonly captioner?: Captioner;
  readonly dropout: number;
  readonly labelSmoothing: number;
  /**
   * false: the captioner runs in inference mode, without dropout and with fixed statistics of the data, as Keras calls
   * it; default: true
   */
  readonly training?: boolean;
  /** weight of the penalty on attention; default: 0 */
  readonly attentionPenalty?: number;
  /** share of the tokens read that are the captioner's own predictions, at the end; default: 0 */
  readonly scheduledSampling?: number;
  /** The last epoch ends when all steps have taken so many minutes; 0 or none: no limit. */
  readonly maxMinutes?: number;
  /** chooses the best epoch */
  readonly monitor: Monitor;
  /** Learning rate of a step of the whole stage, from 0. */
  learningRate(step: number, course: TrainingCourse): number;
  /** The same epoch, index and weights give the same data. */
  stepData(epoch: number, index: number, weights: Weights): Promise<StepData>;
  /** Frees what the stage has compiled. */
  dispose?(): void;
}
