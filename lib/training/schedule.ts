import type { TrainingOptions } from './options';
import { lossOf, type EpochRecord } from './record';

type ScheduleOptions = Pick<
  TrainingOptions,
  | 'schedule'
  | 'epochs'
  | 'learningRate'
  | 'warmupSteps'
  | 'finalLearningRateFactor'
  | 'decay'
  | 'plateauFactor'
  | 'plateauPatience'
>;

/** The state of a training that the learning rate depends on. */
export interface TrainingCourse {
  /** share of the time of a training that has a limit, else 0 */
  timeUsed: number;
  /** the epochs that have ended */
  epochs: readonly EpochRecord[];
}

/**
 * Learning rate of a step: rises linearly over the warm-up, then goes as `schedule` says.
 * - cosine: falls along half a cosine to `finalLearningRateFactor` times the highest rate (Loshchilov & Hutter 2017), with
 *   whichever ends first, steps or time (budgeted training, Li et al. 2020)
 * - plateau: times `plateauFactor` whenever `plateauPatience` epochs brought no lower validation loss
 * - exponential: times `decay` after each epoch
 * - constant: stays
 * @param step from 0
 */
export function learningRate(
  step: number,
  stepsPerEpoch: number,
  options: ScheduleOptions,
  { timeUsed, epochs }: TrainingCourse,
): number {
  const { schedule, learningRate: highest, finalLearningRateFactor: final } = options;
  const steps = options.epochs * stepsPerEpoch;
  const warmup = Math.min(options.warmupSteps, Math.floor(steps / 5)); // short trainings warm up quickly
  if (step < warmup) return (highest * (step + 1)) / warmup;
  switch (schedule) {
    case 'cosine': {
      const progress = Math.min(1, Math.max(timeUsed, (step - warmup) / Math.max(1, steps - warmup)));
      return highest * (final + ((1 - final) * (1 + Math.cos(Math.PI * progress))) / 2);
    }
    case 'plateau':
      return highest * options.plateauFactor ** plateaus(epochs, options.plateauPatience);
    case 'exponential':
      return highest * options.decay ** Math.floor(step / stepsPerEpoch);
    case 'constant':
      return highest;
  }
}

/** How often so many epochs in a row brought no validation loss below the lowest before. */
function plateaus(epochs: readonly EpochRecord[], patience: number): number {
  let [lowest, waited, count] = [Infinity, 0, 0];
  for (const epoch of epochs) {
    if (lossOf(epoch) < lowest) [lowest, waited] = [lossOf(epoch), 0];
    else if (++waited === patience) [waited, count] = [0, count + 1];
  }
  return count;
}
