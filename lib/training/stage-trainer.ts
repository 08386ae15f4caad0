import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Weights } from '../captioners/captioner';
import { initializeWeights } from '../captioners/initialize';
import { nativeTensorCount } from '../native/execute';
import { mapTensors } from '../ops/nested-tensors';
import { silentProgress, type Progress } from '../progress/progress';
import { eventLoopTurn } from '../progress/stop';
import { loadCheckpoint, saveCheckpoint, startOf, type Position } from './checkpoint';
import { MAX_BUCKETS } from './cross-entropy-stage';
import { assertConverging } from './divergence';
import { TrainingEvents } from './events';
import type { TrainingHooks } from './hooks';
import { KeptCheckpoints } from './kept-checkpoints';
import { Learner } from './learner';
import {
  bestEpoch,
  describeScores,
  isBetter,
  reasonToEnd,
  withEpoch,
  type Monitor,
  type TrainingRecord,
} from './record';
import { initialOptimizerState, stepRates, type OptimizerState, type StepRates } from './optimizer';
import type { Stage } from './stage';
import type { TrainingTask } from './task';
import { Validator } from './validator';

export interface TrainingResult {
  record: TrainingRecord;
  /** weights of the best epoch or epochs; the caller disposes them */
  weights: Weights;
  /** whether training stopped on request; the same call resumes it */
  stopped: boolean;
}

/** Trains with one stage: steps, validation, checkpoints, the best epoch. */
export class StageTrainer {
  private readonly learner: Learner;
  private readonly validator: Validator;
  private readonly kept: KeptCheckpoints;
  private readonly events: TrainingEvents;
  private readonly monitor: Monitor;
  private position: Position = startOf(1, 0);
  private record: TrainingRecord = { epochs: [], best: 0 };

  constructor(
    private readonly task: TrainingTask,
    private readonly stage: Stage,
    private readonly hooks: TrainingHooks,
    start?: Weights,
  ) {
    const { options } = task;
    this.monitor = stage.monitor;
    this.validator = new Validator(task, { buckets: MAX_BUCKETS, monitor: this.monitor });
    this.kept = new KeptCheckpoints(task.folder, task.fingerprint, {
      monitor: this.monitor,
      averageCheckpoints: options.averageCheckpoints,
    });
    const checkpoint = loadCheckpoint(task.folder, task.fingerprint);
    this.events = new TrainingEvents(path.join(task.folder, 'events'), checkpoint !== undefined);
    if (checkpoint) ({ position: this.position, record: this.record } = checkpoint);
    if (this.record.ended) this.record = { ...this.record, ended: this.reasonToEnd() };
    const { dropout, labelSmoothing, training = true, attentionPenalty = 0, scheduledSampling = 0 } = stage;
    const learning = { ...options, dropout, labelSmoothing, training, attentionPenalty, scheduledSampling };
    const state = checkpoint?.state ?? this.initialState(start);
    const captioner = stage.captioner ?? task.captioner;
    this.learner = new Learner(captioner, { ...learning, precision: task.precision }, state);
  }

  async run(): Promise<TrainingResult> {
    if (this.record.epochs.length > 0) this.hooks.onResume?.(this.record, this.stage.name);
    while (!this.record.ended && this.position.epoch <= this.stage.epochs) {
      const finishedEpoch = await this.epoch();
      if (!finishedEpoch) {
        this.save();
        return this.result(true);
      }
      await this.evaluated((weights) => this.kept.keep(this.record, weights));
      const { epoch, step } = this.position;
      this.position = startOf(epoch + 1, step);
      this.record.ended = this.reasonToEnd();
      this.save();
      this.kept.forget(this.record);
      this.hooks.onEpoch?.(this.record, this.stage.name);
    }
    return this.result(!(await this.averageCheckpoints()));
  }

  /** Leaves no events of a training without an epoch. */
  discardEmpty(): void {
    if (this.record.epochs.length === 0) this.events.discard();
  }

  dispose(): void {
    this.events.close();
    this.stage.dispose?.();
    this.validator.dispose();
    this.learner.dispose();
  }

  /** @returns false where it was stopped */
  private async epoch(): Promise<boolean> {
    const { epoch } = this.position;
    const { name, epochs, stepsPerEpoch } = this.stage;
    const progress = (this.hooks.progress ?? silentProgress)(`${name} ${epoch} of ${epochs}`, stepsPerEpoch);
    try {
      while (this.position.batch < stepsPerEpoch && this.timeUsed() < 1) {
        if (this.hooks.signal?.aborted) return false;
        await this.runStep(progress);
      }
      progress.update(this.position.batch, 'captioning validation images');
      const trained = performance.now();
      const scores = await this.evaluated((weights) => this.validator.validate(weights, this.hooks.signal));
      if (!scores) return false;
      // The last step of the epoch may have made the weights not finite; without validation captions there is no loss.
      if (this.task.validation.length > 0) this.check(scores.validationLoss, 'validation loss before');
      const { batch, lossSum, rewardSum, captions, trainSeconds, step } = this.position;
      const result = {
        epoch,
        ...(rewardSum === 0 ? {} : { reward: rewardSum / batch }),
        trainLoss: lossSum / batch,
        ...scores,
        learningRate: this.learningRate(step - 1),
        trainSeconds,
        seconds: trainSeconds + (performance.now() - trained) / 1000,
        captionsPerSecond: captions / trainSeconds,
        memoryMiB: Math.round(process.memoryUsage.rss() / 2 ** 20),
        tensors: nativeTensorCount(),
      };
      this.record = withEpoch(this.record, result, this.monitor);
      this.events.epoch(result, step);
      return true;
    } finally {
      const ended = this.record.epochs.find((one) => one.epoch === epoch);
      progress.finish(ended ? describeScores(ended) : 'stopped');
    }
  }

  private async runStep(progress: Progress): Promise<void> {
    const { position, stage } = this;
    const started = performance.now();
    const { options } = this.task;
    const { batch, captions, reward } = await stage.stepData(
      position.epoch,
      position.batch,
      this.learner.weights,
    );
    const { loss, norm } = this.learner.step(batch, [options.seed, position.step], this.rates());
    tf.dispose(batch);
    this.check(Number.isFinite(norm) ? loss : NaN, 'loss of');
    position.step++;
    position.batch++;
    position.lossSum += loss;
    position.captions += captions;
    position.rewardSum += reward ?? 0;
    this.events.step(position.step, loss);
    const mean = (sum: number) => (sum / position.batch).toFixed(3);
    const note =
      reward === undefined ? `loss ${mean(position.lossSum)}` : `reward ${mean(position.rewardSum)}`;
    progress.update(position.batch, note);
    const epoch = position.epoch - 1 + position.batch / stage.stepsPerEpoch;
    this.hooks.onStep?.({ stage: stage.name, step: position.step, epoch, loss });
    await eventLoopTurn();
    position.trainSeconds += (performance.now() - started) / 1000;
  }

  /** The rates of the next step. */
  private rates(): StepRates<number> {
    const { stage } = this;
    const { step } = this.position;
    const done = Math.max(this.timeUsed(), step / (stage.epochs * stage.stepsPerEpoch));
    return stepRates({
      learningRate: this.learningRate(step),
      step,
      emaDecay: this.task.options.emaDecay,
      scheduledSampling: (stage.scheduledSampling ?? 0) * done,
    });
  }

  private learningRate(step: number): number {
    return this.stage.learningRate(step, { timeUsed: this.timeUsed(), epochs: this.record.epochs });
  }

  /** @throws DivergedError before anything is saved, where a loss is not one of a captioner that learns */
  private check(loss: number, what: string): void {
    const { folder, vocabSize } = this.task;
    const { step } = this.position;
    const kept = this.record.epochs.length > 0 ? folder : undefined;
    const uniform = this.stage.attentionPenalty ? Infinity : Math.log(vocabSize); // the penalty has no limit
    assertConverging(loss, uniform, {
      what: `${what} step ${step + 1}`,
      rate: this.learningRate(step),
      kept,
    });
  }

  /** Why training ends after the last epoch; undefined where it goes on. */
  private reasonToEnd(): TrainingRecord['ended'] {
    const { patience } = this.task.options;
    return reasonToEnd(this.record, { epochs: this.stage.epochs, patience, timeUsed: this.timeUsed() });
  }

  /**
   * Tries the mean of the best epochs' weights, once.
   * @returns false where it was stopped
   */
  private async averageCheckpoints(): Promise<boolean> {
    const epochs = this.kept.toAverage(this.record);
    const best = bestEpoch(this.record);
    if (this.record.average || epochs.length < 2 || !best) return true;
    const label = `Mean of the epochs ${epochs.join(', ')}`;
    const progress = (this.hooks.progress ?? silentProgress)(label, 1);
    const mean = this.kept.meanOf(epochs);
    let note = 'stopped';
    try {
      const scores = await this.validator.validate(mean, this.hooks.signal);
      if (!scores) return false;
      const kept = !isBetter(best, scores, this.monitor);
      if (kept) this.kept.saveBest(mean);
      this.record = { ...this.record, average: { epochs, ...scores, kept } };
      this.save();
      this.kept.forget(this.record);
      note = `${describeScores(scores)}: ${kept ? 'kept' : `no better than epoch ${best.epoch}`}`;
      return true;
    } finally {
      tf.dispose(mean);
      progress.finish(note);
    }
  }

  /** Share of the stage's time that its steps have taken; 0 where it has no limit. */
  private timeUsed(): number {
    const { maxMinutes } = this.stage;
    if (!maxMinutes) return 0;
    const before = this.record.epochs.reduce((sum, { trainSeconds }) => sum + trainSeconds, 0);
    return (before + this.position.trainSeconds) / (60 * maxMinutes);
  }

  /** Where a training starts that has no checkpoint. */
  private initialState(start?: Weights): OptimizerState {
    const { captioner, options, pretrained } = this.task;
    const weights = start
      ? mapTensors(start, (tensor) => tf.clone(tensor))
      : initializeWeights(captioner.specs, options.seed, pretrained);
    return initialOptimizerState(weights, options);
  }

  /** Calls `use` with the weights to be evaluated, and disposes them. */
  private async evaluated<T>(use: (weights: Weights) => T | Promise<T>): Promise<T> {
    const weights = this.learner.evaluationWeights();
    try {
      return await use(weights);
    } finally {
      tf.dispose(weights);
    }
  }

  private save(): void {
    const { position, record } = this;
    const state = this.learner.state();
    saveCheckpoint(this.task.folder, this.task.fingerprint, { position, record, state });
    tf.dispose(state);
  }

  private result(stopped: boolean): TrainingResult {
    const weights = this.record.best > 0 ? this.kept.loadBest() : this.learner.evaluationWeights();
    return { record: this.record, weights, stopped };
  }
}
