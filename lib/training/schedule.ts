import type { TrainingOptions } from '../config/options';

/**
 * Learning rate of a step: rises linearly over the warm-up, then falls along half a cosine
 * (Loshchilov & Hutter 2017) to `finalLearningRate` times the highest rate.
 * @param step from 0
 * @param steps of the whole training
 * @param timeUsed share of the time of a training that has a limit: the rate falls with whichever ends first, steps or
 *   time (budgeted training, Li et al. 2020)
 */
export function learningRate(
  step: number,
  steps: number,
  options: Pick<TrainingOptions, 'learningRate' | 'warmupSteps' | 'finalLearningRate'>,
  timeUsed = 0,
): number {
  const { learningRate: highest, finalLearningRate: final } = options;
  const warmup = Math.min(options.warmupSteps, Math.floor(steps / 5)); // short trainings warm up quickly
  if (step < warmup) return (highest * (step + 1)) / warmup;
  const progress = Math.min(1, Math.max(timeUsed, (step - warmup) / Math.max(1, steps - warmup)));
  return highest * (final + ((1 - final) * (1 + Math.cos(Math.PI * progress))) / 2);
}
