import { batchTensors, bucketLengths, epochBatches, type Batch } from './batches';
import { learningRate } from './schedule';
import type { Stage, StepData } from './stage';
import type { TrainingTask } from './task';

/** Captions are padded to so many different lengths at most: one graph each. */
import { captionsOfEpoch } from './views';
export const buckets = 6;

/** Learning to say each word of the captions that people wrote, given the words before (teacher forcing). */
export class CrossEntropyStage implements Stage {
  readonly name = 'Epoch';
  readonly epochs: number;
  readonly dropout: number;
  readonly labelSmoothing: number;
  readonly stepsPerEpoch: number;
  readonly maxMinutes: number;
  private readonly lengths: number[];
  private current: { epoch: number; batches: Batch[] };

  constructor(private readonly task: TrainingTask) {
    this.epochs = task.options.epochs;
    this.dropout = task.dropout;
    this.labelSmoothing = task.options.labelSmoothing;
    this.maxMinutes = task.options.maxMinutes;
    this.lengths = bucketLengths(task.train, buckets);
    this.current = { epoch: 1, batches: this.batches(1) };
    this.stepsPerEpoch = this.current.batches.length;
  }

  rate(step: number, timeUsed: number): number {
    return learningRate(step, this.epochs * this.stepsPerEpoch, this.task.options, timeUsed);
  }

  async data(epoch: number, index: number): Promise<StepData> {
    if (this.current.epoch !== epoch) this.current = { epoch, batches: this.batches(epoch) };
    const batch = this.current.batches[index];
    const features = await this.task.features.read(batch.images);
    return {
      tensors: batchTensors(batch, features, this.task.features),
      captions: batch.rows,
    };
  }

  private batches(epoch: number): Batch[] {
    const { train, options } = this.task;
    const captions = captionsOfEpoch(train, this.task, epoch);
    return epochBatches(captions, this.lengths, options.batchSize, options.seed, epoch);
  }
}
