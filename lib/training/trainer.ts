import type { Weights } from '../captioners/captioner';
import { DivergedError } from '../errors';
import { readCheckpointRecord } from './checkpoint';
import { SelfCriticalStage } from './self-critical-stage';
import { CrossEntropyStage } from './cross-entropy-stage';
import type { TrainingHooks } from './hooks';
import { loadBest } from './kept-checkpoints';
import type { Stage } from './stage';
import type { TrainingTask } from './task';
import { loadValidationMetrics } from './validator';
import { StageTrainer, type TrainingResult } from './stage-trainer';

export type { TrainingResult } from './stage-trainer';

/**
 * Trains a captioner, or resumes a training that was stopped or killed; the weights come out the same.
 *
 * Each epoch ends with the validation loss and with BLEU-4, CIDEr and the monitored score of captions generated for
 * the validation images. The weights of the best epoch are kept; training ends after `patience` epochs without a better one.
 * Without validation images training ends after all epochs, and the last is kept.
 * Where `averageCheckpoints` asks for it, the mean of the best epochs' weights is validated then and kept if it is no
 * worse (checkpoint averaging, Vaswani et al. 2017, 6.1). Checkpoints lie in `task.folder`.
 *
 * An ended training goes on where the task has more epochs, minutes or patience than it had.
 *
 * @throws DivergedError where the loss is not finite any more, or absurd: the last good checkpoint stays
 */
export async function train(task: TrainingTask, hooks: TrainingHooks = {}): Promise<TrainingResult> {
  return runStage(task, new CrossEntropyStage(task), hooks);
}

/**
 * Trains weights further by optimizing the CIDEr of the captioner's own captions (see `SelfCriticalStage`), with
 * checkpoints of its own in `task.folder`.
 * @param weights where it starts; the caller keeps them
 */
export async function trainSelfCritical(
  task: TrainingTask,
  weights: Weights,
  hooks: TrainingHooks = {},
): Promise<TrainingResult> {
  const options = { ...task.options, emaDecay: task.options.scstEmaDecay };
  return runStage({ ...task, options }, new SelfCriticalStage(task), hooks, weights);
}

/** What a training has brought so far, from its checkpoint; undefined before its first epoch has ended. */
export function trainedSoFar({ folder, fingerprint }: TrainingTask): TrainingResult | undefined {
  const record = readCheckpointRecord(folder, fingerprint);
  if (!record || record.best === 0) return undefined;
  return { record, weights: loadBest(folder), stopped: false };
}

async function runStage(
  task: TrainingTask,
  stage: Stage,
  hooks: TrainingHooks,
  start?: Weights,
): Promise<TrainingResult> {
  await loadValidationMetrics(stage.monitor);
  const trainer = new StageTrainer(task, stage, hooks, start);
  try {
    return await trainer.run();
  } catch (error) {
    if (error instanceof DivergedError) trainer.discardEmpty();
    throw error;
  } finally {
    trainer.dispose();
  }
}
