import * as tf from '@tensorflow/tfjs-core';
import { DivergedError } from '../errors';
import type { TrainingHooks } from '../training/hooks';
import {
  isBetter,
  isValidated,
  keptScores,
  type TrainingRecord,
  type ValidationScores,
} from '../training/record';
import { shortHash } from '../training/same-training';
import type { TrainingTask } from '../training/task';
import { train, trainedSoFar, trainSelfCritical, type TrainingResult } from '../training/trainer';

/** What both stages of a training came to. */
export interface StagesResult extends TrainingResult {
  /** the course of CIDEr optimization, where the options ask for it */
  scstRecord?: TrainingRecord;
  /** a sentence, where a stage diverged: the weights are the best before */
  diverged?: string;
}

/**
 * Cross-entropy, then CIDEr optimization where the options ask for it; the better weights of both.
 * @throws DivergedError where the first stage diverges before its first epoch has ended
 */
export async function trainStages(task: TrainingTask, hooks: TrainingHooks): Promise<StagesResult> {
  const first = await orSoFar(task, () => train(task, hooks));
  if (first.stopped || first.diverged !== undefined || task.options.scstEpochs === 0) return first;
  const own = { folder: `${task.folder}-cider`, fingerprint: ciderFingerprint(task, first.record) };
  const ciderTask = { ...task, ...own };
  let second: StagesResult;
  try {
    second = await orSoFar(ciderTask, () => trainSelfCritical(ciderTask, first.weights, hooks));
  } catch (error) {
    if (error instanceof DivergedError) return { ...first, diverged: error.message };
    tf.dispose(first.weights);
    throw error;
  }
  const { record: scstRecord, ...outcome } = second;
  const better = betterScores(first.record, scstRecord) === keptScores(first.record) ? first : second;
  tf.dispose(better === first ? second.weights : first.weights);
  return { ...outcome, weights: better.weights, record: first.record, scstRecord };
}

/** The scores of the better one of both stages, of the second without validation images. */
export function betterScores(
  record: TrainingRecord,
  scstRecord?: TrainingRecord,
): ValidationScores | undefined {
  const first = keptScores(record);
  const second = scstRecord && keptScores(scstRecord);
  return second && (!first || !isValidated(second) || isBetter(second, first, 'CIDEr')) ? second : first;
}

/** A stage; where it diverges, what it had brought before, if an epoch had ended. */
async function orSoFar(task: TrainingTask, run: () => Promise<TrainingResult>): Promise<StagesResult> {
  try {
    return await run();
  } catch (error) {
    const soFar = error instanceof DivergedError ? trainedSoFar(task) : undefined;
    if (!soFar) throw error;
    return { ...soFar, diverged: (error as DivergedError).message };
  }
}

/** CIDEr optimization begins where the first stage ended: after more epochs there it is another one. */
function ciderFingerprint({ fingerprint, options }: TrainingTask, { epochs, best }: TrainingRecord): string {
  const own = Object.entries(options).filter(([name]) => name.startsWith('scst') && name !== 'scstEpochs');
  return shortHash([fingerprint, own, epochs.length, best]);
}
