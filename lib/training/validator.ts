import * as tf from '@tensorflow/tfjs-core';
import type { Weights } from '../captioners/captioner';
import { Decoder } from '../decoding/decoder';
import { metricsOfScores } from '../metrics/registry';
import { loadMetrics, scoreWith } from '../metrics/score';
import type { Metric, Scores } from '../metrics/types';
import { compile } from '../native/graph/compile';
import type { Compiled } from '../ops/compiled';
import { captionImages } from '../decoding/caption-images';
import { eventLoopTurn } from '../progress/stop';
import { batchTensors, bucketLengths, epochBatches, groupCaptions, type Batch } from './batches';
import type { Monitor, ValidationScores } from './record';
import { batchLoss, type BatchTensors } from './step';
import type { TrainingTask } from './task';

/** Captions of an image whose loss is computed side by side, which changes nothing but the time it takes. */
const CAPTIONS_PER_IMAGE = 5;

type LossInputs = { weights: Weights; batch: BatchTensors };

/** Scores that every validation gives: quick to compute, and those that papers quote. */
const VALIDATION_SCORES = ['BLEU-4', 'CIDEr'];

/** Names of the scores of a validation: the usual ones, and the monitored one. */
export function validationScoreNames(monitor: Monitor): string[] {
  return [...new Set([...VALIDATION_SCORES, ...(monitor === 'loss' ? [] : [monitor])])];
}

/**
 * Loads what a validation with this monitor needs.
 * @throws UserError where the monitored metric is not available
 */
export function loadValidationMetrics(monitor: Monitor): Promise<void> {
  return loadMetrics(metricsOfScores(validationScoreNames(monitor)));
}

/** Validates weights: loss on given captions, scores of generated ones. */
export class Validator {
  private readonly loss: Compiled<LossInputs, tf.Scalar>;
  private readonly batches: Batch[];
  private readonly scoreNames: string[];
  private readonly metrics: Metric[];
  private readonly decoder: Decoder;

  constructor(
    private readonly task: TrainingTask,
    { buckets, monitor }: { buckets: number; monitor: Monitor },
  ) {
    const { captioner, validation, options } = task;
    this.loss = compile(
      ({ weights, batch }: LossInputs) =>
        tf.mul<tf.Scalar>(batchLoss(captioner, weights, batch, 0), tf.sum(batch.lossWeights)),
      { name: 'the validation loss' },
    );
    const groups = groupCaptions(validation, CAPTIONS_PER_IMAGE);
    this.batches = epochBatches(groups, bucketLengths(groups, buckets), options.batchSize, options.seed, 0);
    this.scoreNames = validationScoreNames(monitor);
    this.metrics = metricsOfScores(this.scoreNames);
    this.decoder = new Decoder([captioner], task.language);
  }

  /** @returns undefined where `signal` asked to stop before the end */
  async validate(weights: Weights, signal?: AbortSignal): Promise<ValidationScores | undefined> {
    const { references } = this.task;
    const generator = { ...this.task, decoder: this.decoder, weights };
    const captions = await captionImages(generator, Object.keys(references), { signal });
    const validationLoss = await this.meanLoss(weights, signal);
    if (signal?.aborted) return undefined;
    if (Object.keys(references).length === 0) return { validationLoss, scores: {} };
    const { corpus } = scoreWith(this.metrics, references, captions);
    const scores: Scores = Object.fromEntries(this.scoreNames.map((name) => [name, corpus[name]]));
    return { validationLoss, scores };
  }

  dispose(): void {
    this.loss.dispose();
    this.decoder.dispose();
  }

  private async meanLoss(weights: Weights, signal?: AbortSignal): Promise<number> {
    let sum = 0;
    let tokens = 0;
    for (const batch of this.batches) {
      if (signal?.aborted) break;
      const features = await this.task.features.read(batch.images);
      const tensors = batchTensors(batch, features);
      const loss = this.loss({ weights, batch: tensors });
      sum += loss.dataSync()[0];
      tf.dispose([tensors, loss]);
      tokens += batch.lossWeights.reduce((total, one) => total + one, 0);
      await eventLoopTurn();
    }
    return sum / tokens;
  }
}
