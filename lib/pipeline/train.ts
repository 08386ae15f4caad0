import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { CaptionerInputs } from '../captioners/captioner';
import type { Configuration } from '../config/types';
import { UserError } from '../errors';
import { removeIfEmpty } from '../files/remove-empty';
import type { ModelRecord } from '../model/format';
import { ImageSet } from '../model/image-set';
import { removeCheckpoints } from '../model/model-folders';
import { loadModel, saveModel, type Model } from '../model/saved-model';
import type { TrainingHooks } from '../training/hooks';
import type { TrainingRecord } from '../training/record';
import { loadPretrainedVectors, type PretrainedVectors } from '../word-vectors/load';
import { calibrationAfterTraining } from './calibrate';
import { takeModelFolder, type IfAnother } from './model-folder';
import { describeDataset } from './model-data';
import type { Prepared } from './prepare';
import { startFrom, type ModelStart } from './start-model';
import {
  captionerToTrain,
  CHECKPOINTS,
  describeEncoder,
  trainingTask,
  type IdentifiedTask,
} from './training-task';
import { betterScores, trainStages } from './training-stages';

/** What a training gives: the model that it saved, and its course. */
export interface TrainedModel {
  /** the saved model; none where training was stopped before its first epoch ended: the folder stays as it was */
  model?: Model;
  record: TrainingRecord;
  /** the course of CIDEr optimization, where the options ask for it */
  scstRecord?: TrainingRecord;
  /** the model's folder */
  folder: string;
  /** stopped on request: the same call resumes it */
  stopped: boolean;
  /** a sentence, where training diverged after its first epoch: the best epoch before is the model */
  diverged?: string;
}

/** Where a training may write. */
export interface TrainOptions {
  /** (default: refuse) */
  ifAnother?: IfAnother;
}

/**
 * Trains a captioner on prepared data and saves the best epoch as a model folder. Checkpoints lie in the folder's
 * `training/`; a stopped or killed training resumes there, a finished one is not repeated, and one with more epochs than
 * before goes on. The confidence of its captions is calibrated on the validation images, where there are enough. A folder that holds another model is left as it is, unless `ifAnother` says otherwise.
 * @throws UserError where the folder holds another model or another process trains there, and DivergedError where the
 *   training diverges before its first epoch has ended: nothing is saved then
 */
export async function trainCaptioner(
  configuration: Configuration,
  prepared: Prepared,
  hooks: TrainingHooks = {},
  { ifAnother = 'refuse' }: TrainOptions = {},
): Promise<TrainedModel> {
  const { from, model } = configuration;
  if (from !== undefined && path.resolve(from) === path.resolve(model)) {
    throw new UserError(
      `${from} stays as it is when training starts from it: name another folder with --model.`,
    );
  }

  const { captioner, inputs } = captionerToTrain(configuration, prepared);
  const { wordVectors, seed } = configuration.training;
  const vectors = wordVectors
    ? await loadPretrainedVectors(wordVectors, captioner, prepared.tokenizer, seed, hooks.progress)
    : undefined;
  const fromModel = from === undefined ? undefined : startFrom(from, captioner, prepared.tokenizer, seed);
  const start =
    fromModel?.start ??
    (vectors && { weights: vectors.weights, identity: { wordVectors: `#${vectors.hash}` } });
  try {
    const { task, identity, repeatedWords } = trainingTask(configuration, prepared, captioner, start);
    const taken = await takeModelFolder(configuration.model, identity, ifAnother);
    const { folder, lock, note, finished, outdated = [] } = taken;
    const checkpoints = path.join(folder, CHECKPOINTS, task.fingerprint);
    try {
      if (note) hooks.onNote?.(note);
      for (const name of outdated) removeCheckpoints(path.join(folder, CHECKPOINTS, name));
      if (finished) return finishedModel(folder);
      const inFolder = { ...task, folder: checkpoints };
      const coverage = vectors?.coverage;
      const described = { task: inFolder, identity, repeatedWords, folder, inputs, coverage, fromModel };
      return await trainTask(configuration, prepared, described, hooks);
    } finally {
      removeIfEmpty(checkpoints); // nothing is left of a training that diverged at once
      removeIfEmpty(path.dirname(checkpoints));
      lock.release();
    }
  } finally {
    tf.dispose(start?.weights ?? {});
  }
}

/** A training with what its model is saved with. */
interface DescribedTask extends IdentifiedTask {
  /** the model's */
  folder: string;
  inputs: CaptionerInputs;
  coverage?: PretrainedVectors['coverage'];
  fromModel?: ModelStart;
}

/** Trains and saves what came out. */
async function trainTask(
  configuration: Configuration,
  prepared: Prepared,
  { task, identity, repeatedWords, folder, inputs, coverage, fromModel }: DescribedTask,
  hooks: TrainingHooks,
): Promise<TrainedModel> {
  const { weights, record, scstRecord, ...outcome } = await trainStages(task, hooks);
  const best = betterScores(record, scstRecord);
  const result = { record, folder, ...outcome, ...(scstRecord ? { scstRecord } : {}) };
  if (!best) {
    tf.dispose(weights);
    return result;
  }
  // A stop is to be quick; the same call, or npm run evaluate, calibrates later.
  const confidence = outcome.stopped ? undefined : await calibrationAfterTraining(task, weights, hooks);
  const { wordVectors } = configuration.training;
  const described: Omit<ModelRecord, 'format' | 'weights' | 'trainingImages'> = {
    captioner: configuration.captioner,
    inputs,
    encoder: describeEncoder(prepared),
    tokenizer: prepared.tokenizer.toJSON(),
    repeatedWords,
    training: {
      data: { ...configuration.data, dataDir: path.basename(configuration.data.dataDir) },
      dataset: describeDataset(prepared.dataset),
      images: prepared.dataset.splits.train.length,
      captions: task.train.length,
      precision: task.precision,
      options: { ...configuration.training, wordVectors: path.basename(wordVectors) },
      identity,
      ...(coverage ? { wordVectors: coverage } : {}),
      ...(fromModel ? { startedFrom: fromModel.described } : {}),
      record,
      ...(scstRecord ? { scstRecord } : {}),
    },
    scores: { 'validation while training': best.scores },
    ...(confidence ? { confidence } : {}),
  };
  const own = ImageSet.of(prepared.dataset.splits.train);
  // Where the model that it started from does not say, this one can not say either.
  const trainedOn = fromModel ? fromModel.images?.with(own) : own;
  const saved = saveModel(folder, described, weights, 'half', trainedOn);
  const { captioner } = task;
  return {
    ...result,
    model: {
      folder,
      record: saved,
      captioner,
      weights,
      tokenizer: prepared.tokenizer,
      language: task.language,
    },
  };
}

/** A model whose training had ended before. */
function finishedModel(folder: string): TrainedModel {
  const model = loadModel(folder);
  const { record, scstRecord } = model.record.training as unknown as Pick<
    TrainedModel,
    'record' | 'scstRecord'
  >;
  return { model, record, folder, stopped: false, ...(scstRecord ? { scstRecord } : {}) };
}
