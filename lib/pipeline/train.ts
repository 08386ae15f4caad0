import { createHash } from 'node:crypto';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { CaptionerInputs } from '../captioners/captioner';
import { encoderWeights } from '../captioners/fine-tuned';
import type { TrainingOptions } from '../training/options';
import type { Configuration } from '../config/types';
import { mentionsLeftRight } from '../data/left-right';
import type { SplitName } from '../data/types';
import type { ModelRecord } from '../model/format';
import { recordedCaptioner, saveModel, type Model } from '../model/saved-model';
import { resolvePrecision } from '../native/precision';
import type { Example } from '../training/batches';
import type { TrainingHooks } from '../training/hooks';
import {
  isBetter,
  isValidated,
  keptScores,
  type TrainingRecord,
  type ValidationScores,
} from '../training/record';
import type { TrainingTask } from '../training/task';
import { trainSelfCritical, train, type TrainingResult } from '../training/trainer';
import { referencesOf, type Prepared } from './prepare';
import { loadPretrainedVectors, type PretrainedVectors } from '../word-vectors/load';

/** Tokens of a validation caption at most, for the loss: a few very long ones would each need a graph. */
const MAX_VALIDATION_LENGTH = 40;

/** What a training gives: the model that it saved, and its course. */
export interface TrainedModel {
  /** the saved model; none where training was stopped before its first epoch ended: the folder stays as it was */
  model?: Model;
  record: TrainingRecord;
  /** the course of CIDEr optimization, where the options ask for it */
  scstRecord?: TrainingRecord;
  /** stopped on request: the same call resumes it */
  stopped: boolean;
}

/**
 * Trains a captioner on prepared data and saves the best epoch as a model folder. Checkpoints lie in the folder's
 * `training/`; a stopped or killed training resumes there, a finished one is not repeated.
 */
export async function trainCaptioner(
  configuration: Configuration,
  prepared: Prepared,
  hooks: TrainingHooks = {},
): Promise<TrainedModel> {
  const { captioner: options, model: folder } = configuration;
  const { features, tokenizer } = prepared;
  const inputs = { regions: features.regions, channels: features.channels, vocabSize: tokenizer.size };
  const plain = trainingTask(configuration, prepared, inputs);
  const { wordVectors, seed } = configuration.training;
  const vectors = wordVectors
    ? await loadPretrainedVectors(wordVectors, plain.captioner, tokenizer, seed, hooks.progress)
    : undefined;
  const task = vectors ? startingWith(vectors, plain) : plain;
  const { weights, record, scstRecord, stopped } = await trainStages(task, hooks).finally(() =>
    tf.dispose(vectors?.weights ?? {}),
  );
  const best = betterOf(record, scstRecord);
  const result = { record, stopped, ...(scstRecord ? { scstRecord } : {}) };
  if (!best) {
    tf.dispose(weights);
    return result;
  }
  const described: Omit<ModelRecord, 'format' | 'weights'> = {
    captioner: options,
    inputs,
    encoder: describeEncoder(prepared),
    tokenizer: tokenizer.toJSON(),
    training: {
      data: { ...configuration.data, dataDir: path.basename(configuration.data.dataDir) },
      images: prepared.dataset.splits.train.length,
      captions: task.train.length,
      precision: task.precision,
      options: { ...configuration.training, wordVectors: path.basename(wordVectors) },
      ...(vectors ? { wordVectors: vectors.coverage } : {}),
      record,
      ...(scstRecord ? { scstRecord } : {}),
    },
    scores: { 'validation while training': best.scores },
  };
  const saved = saveModel(folder, described, weights);
  return { ...result, model: { folder, record: saved, captioner: task.captioner, weights, tokenizer } };
}

/** Cross-entropy, then CIDEr optimization where the options ask for it. */
async function trainStages(
  task: TrainingTask,
  hooks: TrainingHooks,
): Promise<TrainingResult & { scstRecord?: TrainingRecord }> {
  const first = await train(task, hooks);
  if (first.stopped || task.options.scstEpochs === 0) return first;
  const own = {
    folder: `${task.folder}-cider`,
    fingerprint: fingerprint([task.fingerprint, byStage(task.options).cider]),
  };
  const second = await trainSelfCritical({ ...task, ...own }, first.weights, hooks);
  const { record: scstRecord, stopped } = second;
  const better = betterOf(first.record, scstRecord) === keptScores(first.record) ? first : second;
  tf.dispose(better === first ? second.weights : first.weights);
  return { weights: better.weights, stopped, record: first.record, scstRecord };
}

/** The scores of the better one of both stages, of the second without validation images. */
function betterOf(record: TrainingRecord, scstRecord?: TrainingRecord): ValidationScores | undefined {
  const first = keptScores(record);
  const second = scstRecord && keptScores(scstRecord);
  return second && (!first || !isValidated(second) || isBetter(second, first, 'CIDEr')) ? second : first;
}

function trainingTask(
  configuration: Configuration,
  prepared: Prepared,
  inputs: CaptionerInputs,
): TrainingTask {
  const { captioner: options, training, encoder: encoderOptions } = configuration;
  const { encoder, features, tokenizer, augmentations } = prepared;
  const precision = resolvePrecision(encoderOptions.precision);
  const limit = training.validationImages;
  const all = Object.entries(referencesOf(prepared, 'validation'));
  const references = Object.fromEntries(limit > 0 ? all.slice(0, limit) : all);
  const train = examplesOf(prepared, 'train', Infinity);
  const described = describeEncoder(prepared);
  const rate = training.encoderLearningRate / training.learningRate;
  return {
    captioner: recordedCaptioner({ captioner: options, inputs, encoder: described }, rate),
    ...(encoder.trained ? { pretrained: encoderWeights(encoder.trained.weights) } : {}),
    tokenizer,
    options: training,
    dropout: options.dropout,
    precision,
    features,
    ...(augmentations ? { augmentations } : {}),
    train,
    validation: examplesOf(prepared, 'validation', MAX_VALIDATION_LENGTH),
    trainReferences: referencesOf(prepared, 'train'),
    references,
    decoding: configuration.decoding,
    folder: path.join(configuration.model, 'training'),
    fingerprint: fingerprint([
      options,
      byStage(training).crossEntropy,
      inputs,
      precision,
      configuration.decoding,
      [encoder.name, encoder.endPoint, encoder.weightsHash],
      ...(described.fineTunedTo ? [described.fineTunedTo] : []),
      tokenizer.toJSON(),
      train,
      references,
      ...(augmentations ? [augmentations.key, augmentations.count] : []),
    ]),
  };
}

/** What a saved model's record states about its encoder. */
function describeEncoder({
  encoder,
  precision,
}: Pick<Prepared, 'encoder' | 'precision'>): ModelRecord['encoder'] {
  const { name, endPoint, weightsHash, grid, reason, trained } = encoder;
  const described = { name, endPoint, weightsHash, grid: [...grid] as [number, number], precision, reason };
  if (!trained) return described;
  const { output, endPoint: fineTunedTo } = trained.blocks;
  return { ...described, grid: [...output.grid], fineTunedTo };
}

/** The captions of a split as word ids. */
export function examplesOf(prepared: Prepared, split: SplitName, longest: number): Example[] {
  const { dataset, images, tokenizer, augmentations } = prepared;
  return dataset.splits[split].flatMap((image) =>
    images
      .get(image)!
      .captions.map((caption) => ({
        image,
        tokens: tokenizer.encode(caption),
        ...(augmentations && mentionsLeftRight(caption) ? { mentionsLeftRight: true } : {}),
      }))
      .filter(({ tokens }) => tokens.length <= longest + 2),
  );
}

/**
 * What the result of each stage depends on: CIDEr optimization may be added to a training that has ended. Of word vectors
 * what they are tells, not where they lie.
 */
function byStage({ wordVectors: _, ...options }: TrainingOptions): Record<'crossEntropy' | 'cider', unknown> {
  const entries = Object.entries(options);
  const isCider = ([name]: [string, unknown]) => name.startsWith('scst');
  return {
    crossEntropy: Object.fromEntries(entries.filter((entry) => !isCider(entry))),
    cider: Object.fromEntries(entries.filter(isCider)),
  };
}

/** The same task with a start from word vectors. */
function startingWith({ weights: given, hash }: PretrainedVectors, task: TrainingTask): TrainingTask {
  return {
    ...task,
    pretrained: { ...task.pretrained, ...given },
    fingerprint: fingerprint([task.fingerprint, hash]),
  };
}

function fingerprint(parts: unknown): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
