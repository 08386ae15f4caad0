/** What validation says of weights. Losses are nats per word; scores are fractions (CIDEr may pass 1). */
export interface ValidationScores {
  validationLoss: number;
  /** of captions generated for the validation images */
  bleu4: number;
  cider: number;
}

/** What tells which of two epochs is better: a higher CIDEr or a lower validation loss. */
export type Monitor = 'cider' | 'loss';

/** What an epoch brought. */
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
  /** memory that the process holds at the end (resident set), and how many tensors TensorFlow does */
  memoryMiB: number;
  tensors: number;
}

/** The mean of the weights of several epochs. */
export interface AverageRecord extends ValidationScores {
  epochs: number[];
  /** whether it is no worse than the best of them, and so what the training came to */
  kept: boolean;
}

/** The course of a training. */
export interface TrainingRecord {
  epochs: EpochRecord[];
  /** number of the best epoch, whose weights are kept; 0 before the first */
  best: number;
  /** the mean of the best epochs, where it was asked for, once training has ended */
  average?: AverageRecord;
  /** why training ended, once it has */
  ended?: 'all epochs' | 'no better score' | 'time is up';
}

/** The best epoch. */
export function bestEpoch(record: TrainingRecord): EpochRecord | undefined {
  return record.epochs.find(({ epoch }) => epoch === record.best);
}

/** The scores of the weights that the training came to. */
export function keptScores(record: TrainingRecord): ValidationScores | undefined {
  return record.average?.kept ? record.average : bestEpoch(record);
}

/** The record with one more epoch; among equals the earlier one stays the best. */
export function withEpoch(record: TrainingRecord, epoch: EpochRecord, by: Monitor): TrainingRecord {
  const best = bestEpoch(record);
  const isBest = !best || isBetter(epoch, best, by);
  return { ...record, epochs: [...record.epochs, epoch], best: isBest ? epoch.epoch : record.best };
}

/** The epochs from the best to the worst; among equals the earlier ones first. */
export function rankedEpochs({ epochs }: TrainingRecord, by: Monitor): EpochRecord[] {
  return [...epochs].sort((a, b) => (isBetter(a, b, by) ? -1 : isBetter(b, a, by) ? 1 : a.epoch - b.epoch));
}

export function isBetter(one: ValidationScores, other: ValidationScores, by: Monitor): boolean {
  return by === 'cider' ? one.cider > other.cider : lossOf(one) < lossOf(other);
}

/** The validation loss; where there are no validation captions it is no number, and no loss is lower than another. */
export function lossOf({ validationLoss }: ValidationScores): number {
  return Number.isFinite(validationLoss) ? validationLoss : Infinity;
}

/** Loss and scores in a line. */
export function describeScores({ validationLoss, bleu4, cider }: ValidationScores): string {
  return (
    `validation ${validationLoss.toFixed(3)}, ` +
    `BLEU-4 ${(100 * bleu4).toFixed(1)}, CIDEr ${(100 * cider).toFixed(1)}`
  );
}
