import { lowerIsBetter, scoreLabel } from '../metrics/registry';
import type { Scores } from '../metrics/types';

/** Validation of some weights. Losses are nats per token. */
export interface ValidationScores {
  /** NaN (null in JSON) where there are no validation captions */
  validationLoss: number;
  /** of captions generated for the validation images, by name; fractions (CIDEr may exceed 1); none without images */
  scores: Scores;
}

/**
 * Decides which of two epochs is better: the score of this name, where higher is better unless its metric says
 * otherwise, or 'loss', the validation loss, where lower is better.
 */
export type Monitor = string;

/** The results of an epoch. */
export interface EpochRecord extends ValidationScores {
  /** from 1 */
  epoch: number;
  /** mean CIDEr-D of the captioner's own captions of training images, while it is optimized */
  reward?: number;
  trainLoss: number;
  learningRate: number;
  /** training alone, and with validation */
  trainSeconds: number;
  seconds: number;
  captionsPerSecond: number;
  /** memory of the process at the end (resident set), and the number of tensors in TensorFlow */
  memoryMiB: number;
  tensors: number;
}

/** The mean of the weights of several epochs. */
export interface AverageRecord extends ValidationScores {
  epochs: number[];
  /** whether it is no worse than the best of them, and so the result of the training */
  kept: boolean;
}

/** The course of a training. */
export interface TrainingRecord {
  epochs: EpochRecord[];
  /** number of the best epoch, whose weights are kept (the last, without validation images); 0 before the first */
  best: number;
  /** the mean of the best epochs, where the options ask for it, once training has ended */
  average?: AverageRecord;
  /** why training ended, once it has */
  ended?: 'all epochs' | 'no better score' | 'time is up';
}

/** The best epoch. */
export function bestEpoch(record: TrainingRecord): EpochRecord | undefined {
  return record.epochs.find(({ epoch }) => epoch === record.best);
}

/** The scores of the weights that training resulted in. */
export function keptScores(record: TrainingRecord): ValidationScores | undefined {
  return record.average?.kept ? record.average : bestEpoch(record);
}

/** Whether there were validation images; if not, no epoch can be called better than another. */
export const isValidated = ({ scores }: ValidationScores): boolean => Object.keys(scores).length > 0;

/** The record with one more epoch; among equals the earlier one stays the best, without validation the last one is. */
export function withEpoch(record: TrainingRecord, epoch: EpochRecord, by: Monitor): TrainingRecord {
  const best = bestEpoch(record);
  const isBest = !best || !isValidated(epoch) || isBetter(epoch, best, by);
  return { ...record, epochs: [...record.epochs, epoch], best: isBest ? epoch.epoch : record.best };
}

/**
 * Why training ends after the last epoch; undefined where it goes on.
 * @param limits `timeUsed`: share of its time that the training has taken
 */
export function reasonToEnd(
  { epochs, best }: TrainingRecord,
  limits: { epochs: number; patience: number; timeUsed: number },
): TrainingRecord['ended'] {
  if (limits.timeUsed >= 1) return 'time is up';
  if (epochs.length - best >= limits.patience) return 'no better score';
  return epochs.length >= limits.epochs ? 'all epochs' : undefined;
}

/** The epochs from the best to the worst; among equals the earlier ones first. */
export function rankedEpochs({ epochs }: TrainingRecord, by: Monitor): EpochRecord[] {
  return [...epochs].sort((a, b) => (isBetter(a, b, by) ? -1 : isBetter(b, a, by) ? 1 : a.epoch - b.epoch));
}

export function isBetter(one: ValidationScores, other: ValidationScores, by: Monitor): boolean {
  return by === 'loss' ? lossOf(one) < lossOf(other) : scoreOf(one, by) > scoreOf(other, by);
}

/** A score by name, with its sign changed where lower is better; one that is missing or no number is the worst. */
function scoreOf({ scores }: ValidationScores, name: string): number {
  if (!Number.isFinite(scores[name])) return -Infinity;
  return lowerIsBetter(name) ? -scores[name] : scores[name];
}

/** The validation loss. It is NaN where there are no validation captions: no loss is lower than another then. */
export function lossOf({ validationLoss }: ValidationScores): number {
  return Number.isFinite(validationLoss) ? validationLoss : Infinity;
}

/** The loss for screen and tables; empty where there are no validation captions. */
export function lossText(scores: ValidationScores | undefined, digits: number): string {
  return scores && Number.isFinite(scores.validationLoss) ? scores.validationLoss.toFixed(digits) : '';
}

/** Each score x 100 with its name. */
export function scoreTexts(validation: ValidationScores | undefined): string[] {
  return Object.entries(validation?.scores ?? {}).map(
    ([name, score]) => `${scoreLabel(name)} ${(100 * score).toFixed(1)}`,
  );
}

/** Losses, where there are any, and scores in a line. */
export function describeScores(scores: ValidationScores & { trainLoss?: number }): string {
  const { trainLoss } = scores;
  const validation = lossText(scores, 3);
  return [
    ...(trainLoss === undefined ? [] : [`loss ${trainLoss.toFixed(3)}`]),
    ...(validation === '' ? [] : [`validation ${validation}`]),
    ...scoreTexts(scores),
  ].join(', ');
}
