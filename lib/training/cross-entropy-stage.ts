import * as tf from '@tensorflow/tfjs-core';
import type { Weights } from '../captioners/captioner';
import { UserError } from '../errors';
import {
  batchTensors,
  bucketLengths,
  epochBatches,
  groupCaptions,
  type Batch,
  type CaptionGroup,
} from './batches';
import type { Monitor } from './record';
import { learningRate, type TrainingCourse } from './schedule';
import type { Stage, StepData } from './stage';
import type { TrainingTask } from './task';
import { augmentedGroups } from './augmentations';

/** Captions are padded to so many different lengths at most: one graph each. */
export const MAX_BUCKETS = 6;

/** Learning each token of the reference captions, given the tokens before (teacher forcing). */
export class CrossEntropyStage implements Stage {
  readonly name = 'Epoch';
  readonly epochs: number;
  readonly dropout: number;
  readonly labelSmoothing: number;
  readonly attentionPenalty: number;
  readonly scheduledSampling: number;
  readonly monitor: Monitor;
  readonly stepsPerEpoch: number;
  readonly maxMinutes: number;
  private readonly groups: CaptionGroup[];
  private readonly lengths: number[];
  private current: { epoch: number; batches: Batch[] };

  constructor(private readonly task: TrainingTask) {
    this.epochs = task.options.epochs;
    this.dropout = task.dropout;
    this.labelSmoothing = task.options.labelSmoothing;
    this.attentionPenalty = task.options.attentionPenalty;
    this.scheduledSampling = task.options.scheduledSampling;
    this.monitor = task.options.monitor;
    this.maxMinutes = task.options.maxMinutes;
    if (this.attentionPenalty > 0) assertAttention(task);
    this.groups = groupCaptions(task.train, task.options.captionsPerImage);
    this.lengths = bucketLengths(this.groups, MAX_BUCKETS);
    this.current = { epoch: 1, batches: this.batches(1) };
    this.stepsPerEpoch = this.current.batches.length;
  }

  learningRate(step: number, course: TrainingCourse): number {
    return learningRate(step, this.stepsPerEpoch, this.task.options, course);
  }

  async stepData(epoch: number, index: number): Promise<StepData> {
    if (this.current.epoch !== epoch) this.current = { epoch, batches: this.batches(epoch) };
    const batch = this.current.batches[index];
    const features = await this.task.features.read(batch.images);
    return { batch: batchTensors(batch, features), captions: batch.captions };
  }

  private batches(epoch: number): Batch[] {
    const { options } = this.task;
    const groups = augmentedGroups(this.groups, this.task, epoch);
    return epochBatches(groups, this.lengths, options.batchSize, options.seed, epoch);
  }
}

/** @throws UserError where the captioner has no attention to regions that a penalty could be on */
function assertAttention({ captioner, features: { regions, channels } }: TrainingTask): void {
  const attends = tf.tidy(() => {
    const weights: Weights = {};
    for (const [name, { shape }] of Object.entries(captioner.specs)) weights[name] = tf.zeros(shape);
    const tokens = tf.zeros<tf.Rank.R2>([1, 1], 'int32');
    return captioner.forward(weights, tf.zeros([1, regions, channels]), tokens).attention !== undefined;
  });
  if (!attends) {
    throw new UserError(
      "The option training.attentionPenalty can't be above 0 with this captioner, which does not look at regions: " +
        'set it to 0 or choose another captioner.',
    );
  }
}
