import * as tf from '@tensorflow/tfjs-core';
import { initialise } from '../captioners/initialise';
import { UserError } from '../errors';
import { compile, type Compiled } from '../native/graph/compile';
import { silentProgress, type Progress, type StartProgress } from '../progress/progress';
import { eventLoopTurn } from '../progress/stop';
import { batchTensors, bucketLengths, epochBatches, type Batch } from './batches';
import { loadBest, loadCheckpoint, saveBest, saveCheckpoint, type Position } from './checkpoint';
import { bestEpoch, type EpochRecord, type TrainingRecord } from './record';
import { learningRate } from './schedule';
import { packState, stepRates, trainingStep, unpackState, type OptimizerState } from './step';
import type { TrainingTask } from './task';
import { Validator } from './validator';

/** Captions are padded to so many different lengths at most: one graph each. */
const buckets = 6;

export interface TrainingHooks {
  progress?: StartProgress;
  /** Asks to stop at the next step, with a checkpoint. */
  signal?: AbortSignal;
  /** Called after each step; `epoch` counts parts too: 1.5 is the middle of the second. */
  onStep?: (state: { step: number; epoch: number; loss: number }) => void;
  /** Called after each epoch. */
  onEpoch?: (record: TrainingRecord) => void;
}

export interface TrainingResult {
  record: TrainingRecord;
  /** weights of the best epoch, in the order of the captioner's names; the caller disposes them */
  weights: tf.Tensor[];
  /** whether training stopped on request; the same call goes on where it stopped */
  stopped: boolean;
}

/**
 * Trains a captioner, or goes on with a training that was stopped or killed; the weights come out the same.
 *
 * Each epoch ends with the validation loss and with BLEU-4 and CIDEr of captions generated for the validation
 * images. The weights with the highest CIDEr are kept; training ends after `patience` epochs without a
 * higher one. Checkpoints lie in `task.folder`.
 *
 * @throws UserError where the loss is no number any more: the last good checkpoint stays
 */
export async function train(task: TrainingTask, hooks: TrainingHooks = {}): Promise<TrainingResult> {
  const trainer = new Trainer(task, hooks);
  try {
    return await trainer.run();
  } finally {
    trainer.dispose();
  }
}

class Trainer {
  private readonly step: Compiled;
  private readonly validator: Validator;
  private readonly lengths: number[];
  private readonly totalSteps: number;
  private state: OptimizerState;
  private position: Position = { epoch: 1, batch: 0, lossSum: 0, step: 0 };
  private record: TrainingRecord = { epochs: [], best: 0 };

  constructor(
    private readonly task: TrainingTask,
    private readonly hooks: TrainingHooks,
  ) {
    const { options } = task;
    this.step = compile(trainingStep(task.captioner, { ...options, dropout: task.dropout }), {
      precision: task.precision === 'bfloat16' ? 'bfloat16-products' : 'float32',
      name: 'the training step',
    });
    this.lengths = bucketLengths(task.train, buckets);
    this.totalSteps = options.epochs * this.batches(1).length;
    this.validator = new Validator(task, buckets);
    const checkpoint = loadCheckpoint(task.folder, task.fingerprint, options.averageDecay > 0);
    if (checkpoint) {
      ({ state: this.state, position: this.position, record: this.record } = checkpoint);
    } else {
      this.state = startingState(task);
    }
  }

  async run(): Promise<TrainingResult> {
    const { options, folder, fingerprint } = this.task;
    while (!this.record.ended && this.position.epoch <= options.epochs) {
      const finishedEpoch = await this.epoch();
      if (!finishedEpoch) {
        this.save();
        return this.result(true);
      }
      const evaluated = this.evaluatedWeights();
      const { epochs } = this.record;
      if (this.record.best === epochs.length) saveBest(folder, fingerprint, evaluated);
      if (epochs.length === options.epochs) this.record.ended = 'all epochs';
      if (epochs.length - this.record.best >= options.patience) this.record.ended = 'no better score';
      this.position = { epoch: this.position.epoch + 1, batch: 0, lossSum: 0, step: this.position.step };
      this.save();
      this.hooks.onEpoch?.(this.record);
    }
    return this.result(false);
  }

  dispose(): void {
    this.step.dispose();
    this.validator.dispose();
    tf.dispose(packState(this.state));
  }

  /** @returns false where it was stopped */
  private async epoch(): Promise<boolean> {
    const { epoch } = this.position;
    const { options } = this.task;
    const batches = this.batches(epoch);
    const label = `Epoch ${epoch} of ${options.epochs}`;
    const progress = (this.hooks.progress ?? silentProgress)(label, batches.length);
    const started = Date.now();
    const firstBatch = this.position.batch;
    try {
      while (this.position.batch < batches.length) {
        if (this.hooks.signal?.aborted) return false;
        await this.runBatch(batches[this.position.batch], batches.length, progress);
      }
      const trainSeconds = (Date.now() - started) / 1000;
      const captions = (batches.length - firstBatch) * options.batchSize;
      progress.update(batches.length, 'captioning validation images');
      const scores = await this.validator.validate(this.evaluatedWeights(), this.hooks.signal);
      if (!scores) return false;
      // The last step of the epoch may have spoilt the weights; without validation captions there is no loss.
      if (this.task.validation.length > 0) this.assertFinite(scores.validationLoss, 'validation loss before');
      this.addEpoch({
        epoch,
        trainLoss: this.position.lossSum / batches.length,
        ...scores,
        learningRate: learningRate(this.position.step - 1, this.totalSteps, options),
        trainSeconds,
        seconds: (Date.now() - started) / 1000,
        captionsPerSecond: captions / trainSeconds,
      });
      return true;
    } finally {
      progress.finish(describe(this.record.epochs.find((one) => one.epoch === epoch)));
    }
  }

  private async runBatch(batch: Batch, perEpoch: number, progress: Progress): Promise<void> {
    const { position } = this;
    const { options } = this.task;
    const features = await this.task.features.read(batch.images);
    const rate = learningRate(position.step, this.totalSteps, options);
    const inputs = batchTensors(batch, features, this.task.features);
    const seed = tf.tensor1d([options.seed, position.step], 'int32');
    const rates = tf.tensor1d(stepRates(rate, position.step, options.averageDecay));
    const before = packState(this.state);
    const [loss, norm, ...after] = this.step([...before, ...inputs, seed, rates]);
    const value = loss.dataSync()[0];
    const finite = Number.isFinite(value) && Number.isFinite(norm.dataSync()[0]);
    tf.dispose([...inputs, seed, rates, loss, norm]);
    if (!finite) tf.dispose(after);
    this.assertFinite(finite ? value : NaN, 'loss of');
    tf.dispose(before);
    this.state = unpackState(
      after,
      before.length / (options.averageDecay > 0 ? 4 : 3),
      options.averageDecay > 0,
    );
    position.step++;
    position.batch++;
    position.lossSum += value;
    progress.update(position.batch, `loss ${(position.lossSum / position.batch).toFixed(3)}`);
    const epoch = position.epoch - 1 + position.batch / perEpoch;
    this.hooks.onStep?.({ step: position.step, epoch, loss: value });
    await eventLoopTurn();
  }

  /** @throws UserError before anything is saved where a loss is no number */
  private assertFinite(loss: number, what: string): void {
    if (Number.isFinite(loss)) return;
    const { options, folder } = this.task;
    const kept = this.record.epochs.length > 0 ? `; the last good checkpoint is in ${folder}` : '';
    throw new UserError(
      `The ${what} step ${this.position.step + 1} is ${loss} with learning rate ` +
        `${learningRate(this.position.step, this.totalSteps, options).toPrecision(2)}: lower the learning rate${kept}.`,
    );
  }

  private batches(epoch: number): Batch[] {
    const { train: examples, options } = this.task;
    return epochBatches(examples, this.lengths, options.batchSize, options.seed, epoch);
  }

  private addEpoch(epoch: EpochRecord): void {
    const best = bestEpoch(this.record);
    const isBest = !best || epoch.cider > best.cider;
    this.record = { epochs: [...this.record.epochs, epoch], best: isBest ? epoch.epoch : this.record.best };
  }

  /** The weights that are validated and kept: their moving average where there is one. */
  private evaluatedWeights(): tf.Tensor[] {
    return this.task.options.averageDecay > 0 ? this.state.average : this.state.weights;
  }

  private save(): void {
    const { position, record, state } = this;
    saveCheckpoint(this.task.folder, this.task.fingerprint, { position, record, state });
  }

  private result(stopped: boolean): TrainingResult {
    const weights =
      this.record.best > 0
        ? loadBest(this.task.folder)
        : this.evaluatedWeights().map((tensor) => tf.clone(tensor));
    return { record: this.record, weights, stopped };
  }
}

function startingState({ captioner, options }: TrainingTask): OptimizerState {
  const weights = Object.values(initialise(captioner.specs, options.seed));
  const zeros = () => weights.map((weight) => tf.zerosLike(weight));
  const average = options.averageDecay > 0 ? weights.map((weight) => tf.clone(weight)) : [];
  return { weights, momentum: zeros(), variance: zeros(), average };
}

function describe(epoch: EpochRecord | undefined): string {
  if (!epoch) return 'stopped';
  const { trainLoss, validationLoss, bleu4, cider } = epoch;
  return (
    `loss ${trainLoss.toFixed(3)}, validation ${validationLoss.toFixed(3)}, ` +
    `BLEU-4 ${(100 * bleu4).toFixed(1)}, CIDEr ${(100 * cider).toFixed(1)}`
  );
}
