import { createHash } from 'node:crypto';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { CaptionerInputs } from '../captioners/captioner';
import { encoderWeights } from '../captioners/fine-tuned';
import type { TrainingOptions } from '../config/options';
import type { Configuration } from '../config/types';
import { namesSide } from '../data/sides';
import type { SplitName } from '../data/types';
import { modelCaptioner } from '../model/captioner';
import { formatVersion, type ModelRecord } from '../model/format';
import { saveModel, type Model } from '../model/saved-model';
import { resolvePrecision } from '../native/precision';
import type { Example } from '../training/batches';
import type { TrainingHooks } from '../training/hooks';
import { keptScores, type TrainingRecord, type ValidationScores } from '../training/record';
import { named } from '../training/step';
import type { TrainingTask } from '../training/task';
import { optimiseCider, train, type TrainingResult } from '../training/trainer';
import type { LoadedEncoder } from '../weights/load-encoder';
import { referencesOf, type Prepared } from './prepare';
import { startingVectors, type StartingVectors } from './word-vectors';

/** Words of a validation caption at most, for the loss: a few very long ones would each need a graph. */
const longestValidationCaption = 40;

export interface TrainedModel {
  model: Model;
  record: TrainingRecord;
  /** the course of CIDEr optimisation, where the options ask for it */
  ciderRecord?: TrainingRecord;
  /** stopped on request: the same call goes on */
  stopped: boolean;
}

/**
 * Trains a captioner on prepared data and saves the best epoch as a model folder. Checkpoints lie in the folder's
 * `training/`; a stopped or killed training goes on from there, a finished one is not done again.
 */
export async function trainCaptioner(
  configuration: Configuration,
  prepared: Prepared,
  hooks: TrainingHooks = {},
): Promise<TrainedModel> {
  const { captioner: options, model: folder } = configuration;
  const { encoder, features, tokenizer } = prepared;
  const inputs = { regions: features.regions, channels: features.channels, words: tokenizer.size };
  const plain = trainingTask(configuration, prepared, inputs);
  const { wordVectors, seed } = configuration.training;
  const vectors = wordVectors
    ? await startingVectors(wordVectors, plain.captioner, tokenizer, seed, hooks.progress)
    : undefined;
  const task = vectors ? startingWith(vectors, plain) : plain;
  const { weights, record, ciderRecord, stopped } = await trainStages(task, hooks).finally(() =>
    tf.dispose(vectors?.given ?? {}),
  );
  const best = betterOf(record, ciderRecord);
  const byName = named(task.captioner, weights);
  const described: Omit<ModelRecord, 'format' | 'weights'> = {
    captioner: options,
    inputs,
    encoder: describeEncoder(encoder),
    tokenizer: tokenizer.toJSON(),
    training: {
      data: { ...configuration.data, dataDir: path.basename(configuration.data.dataDir) },
      images: prepared.dataset.splits.train.length,
      captions: task.train.length,
      precision: task.precision,
      options: { ...configuration.training, wordVectors: path.basename(wordVectors) },
      ...(vectors ? { wordVectors: vectors.coverage } : {}),
      record,
      ...(ciderRecord ? { ciderRecord } : {}),
    },
    scores: best ? { 'validation while training': { 'BLEU-4': best.bleu4, CIDEr: best.cider } } : {},
  };
  // Stopped before its first epoch ended, a training leaves the folder's model as it was.
  const saved: ModelRecord = best
    ? saveModel(folder, described, byName)
    : { format: formatVersion, ...described, weights: { file: '', sha256: '' } };
  const model: Model = { folder, record: saved, captioner: task.captioner, weights: byName, tokenizer };
  return { model, record, stopped, ...(ciderRecord ? { ciderRecord } : {}) };
}

/** Cross-entropy, then CIDEr optimisation where the options ask for it. */
async function trainStages(
  task: TrainingTask,
  hooks: TrainingHooks,
): Promise<TrainingResult & { ciderRecord?: TrainingRecord }> {
  const first = await train(task, hooks);
  if (first.stopped || task.options.ciderEpochs === 0) return first;
  const own = {
    folder: `${task.folder}-cider`,
    fingerprint: fingerprint([task.fingerprint, byStage(task.options).cider]),
  };
  const second = await optimiseCider({ ...task, ...own }, first.weights, hooks);
  const { record: ciderRecord, stopped } = second;
  const better = betterOf(first.record, ciderRecord) === keptScores(first.record) ? first : second;
  tf.dispose(better === first ? second.weights : first.weights);
  return { weights: better.weights, stopped, record: first.record, ciderRecord };
}

/** The scores of the better one of both stages. */
function betterOf(record: TrainingRecord, ciderRecord?: TrainingRecord): ValidationScores | undefined {
  const first = keptScores(record);
  const second = ciderRecord && keptScores(ciderRecord);
  return second && (!first || second.cider > first.cider) ? second : first;
}

function trainingTask(
  configuration: Configuration,
  prepared: Prepared,
  inputs: CaptionerInputs,
): TrainingTask {
  const { captioner: options, training, encoder: encoderOptions } = configuration;
  const { encoder, features, tokenizer, views } = prepared;
  const precision = resolvePrecision(encoderOptions.precision);
  const limit = training.validationImages;
  const all = Object.entries(referencesOf(prepared, 'validation'));
  const references = Object.fromEntries(limit > 0 ? all.slice(0, limit) : all);
  const train = examplesOf(prepared, 'train', Infinity);
  const described = describeEncoder(encoder);
  const rate = training.encoderLearningRate / training.learningRate;
  return {
    captioner: modelCaptioner({ captioner: options, inputs, encoder: described }, rate),
    ...(encoder.trained ? { given: encoderWeights(encoder.trained.weights) } : {}),
    tokenizer,
    options: training,
    dropout: options.dropout,
    precision,
    features,
    ...(views ? { views } : {}),
    train,
    validation: examplesOf(prepared, 'validation', longestValidationCaption),
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
      ...(described.trainedTo ? [described.trainedTo] : []),
      tokenizer.toJSON(),
      train,
      references,
      ...(views ? [views.key, views.count] : []),
    ]),
  };
}

/** What a saved model says of its encoder. */
function describeEncoder({
  name,
  endPoint,
  weightsHash,
  grid,
  reason,
  trained,
}: LoadedEncoder): ModelRecord['encoder'] {
  const described = { name, endPoint, weightsHash, grid, reason };
  if (!trained) return described;
  const { side } = trained.blocks.output;
  return { ...described, grid: [side, side], trainedTo: trained.blocks.endPoint };
}

/** The captions of a split as word ids. */
export function examplesOf(prepared: Prepared, split: SplitName, longest: number): Example[] {
  const { dataset, images, tokenizer, views } = prepared;
  return dataset.splits[split].flatMap((image) =>
    images
      .get(image)!
      .captions.map((caption) => ({
        image,
        words: tokenizer.encode(caption),
        ...(views && namesSide(caption) ? { namesSide: true } : {}),
      }))
      .filter(({ words }) => words.length <= longest + 2),
  );
}

/**
 * What the result of each stage depends on: CIDEr optimisation may be added to a training that has ended. Of word vectors
 * what they are tells, not where they lie.
 */
function byStage({ wordVectors: _, ...options }: TrainingOptions): Record<'crossEntropy' | 'cider', unknown> {
  const entries = Object.entries(options);
  const isCider = ([name]: [string, unknown]) => name.startsWith('cider');
  return {
    crossEntropy: Object.fromEntries(entries.filter((entry) => !isCider(entry))),
    cider: Object.fromEntries(entries.filter(isCider)),
  };
}

/** The same task with a start from word vectors. */
function startingWith({ given, hash }: StartingVectors, task: TrainingTask): TrainingTask {
  return { ...task, given: { ...task.given, ...given }, fingerprint: fingerprint([task.fingerprint, hash]) };
}

function fingerprint(parts: unknown): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
