/** What an epoch brought. Losses are nats per word; scores are fractions (CIDEr may pass 1). */
export interface EpochRecord {
  /** from 1 */
  epoch: number;
  /** mean CIDEr-D of the captioner's own captions of training images, while it is optimised */
  reward?: number;
  trainLoss: number;
  validationLoss: number;
  /** of captions generated for the validation images */
  bleu4: number;
  cider: number;
  learningRate: number;
  /** training alone, and with validation */
  trainSeconds: number;
  seconds: number;
  captionsPerSecond: number;
}

/** The course of a training. */
export interface TrainingRecord {
  epochs: EpochRecord[];
  /** number of the epoch whose weights are kept, 0 before the first */
  best: number;
  /** why training ended, once it has */
  ended?: 'all epochs' | 'no better score' | 'time is up';
}

/** The epoch with the highest CIDEr. */
export function bestEpoch(record: TrainingRecord): EpochRecord | undefined {
  return record.epochs.find(({ epoch }) => epoch === record.best);
}
