import { createHash } from 'node:crypto';
import path from 'node:path';
import type { CaptionerInputs } from '../captioners/captioner';
import { createCaptioner } from '../captioners/create';
import type { Configuration } from '../config/types';
import type { SplitName } from '../data/types';
import { saveModel, type Model } from '../model/saved-model';
import { resolvePrecision } from '../native/precision';
import type { Example } from '../training/batches';
import { bestEpoch, type TrainingRecord } from '../training/record';
import { named } from '../training/step';
import type { TrainingTask } from '../training/task';
import { train, type TrainingHooks } from '../training/trainer';
import { referencesOf, type Prepared } from './prepare';

/** Words of a validation caption at most, for the loss: a few very long ones would each need a graph. */
const longestValidationCaption = 40;

export interface TrainedModel {
  model: Model;
  record: TrainingRecord;
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
  const task = trainingTask(configuration, prepared, inputs);
  const { weights, record, stopped } = await train(task, hooks);
  const best = bestEpoch(record);
  const byName = named(task.captioner, weights);
  const saved = saveModel(
    folder,
    {
      captioner: options,
      inputs,
      encoder: {
        name: encoder.name,
        endPoint: encoder.endPoint,
        weightsHash: encoder.weightsHash,
        grid: encoder.grid,
        reason: encoder.reason,
      },
      tokenizer: tokenizer.toJSON(),
      training: {
        data: { ...configuration.data, dataDir: path.basename(configuration.data.dataDir) },
        images: prepared.dataset.splits.train.length,
        captions: task.train.length,
        precision: task.precision,
        options: configuration.training,
        record,
      },
      scores: best ? { 'validation while training': { 'BLEU-4': best.bleu4, CIDEr: best.cider } } : {},
    },
    byName,
  );
  const model: Model = { folder, record: saved, captioner: task.captioner, weights: byName, tokenizer };
  return { model, record, stopped };
}

function trainingTask(
  configuration: Configuration,
  prepared: Prepared,
  inputs: CaptionerInputs,
): TrainingTask {
  const { captioner: options, training, encoder: encoderOptions } = configuration;
  const { encoder, features, tokenizer } = prepared;
  const precision = resolvePrecision(encoderOptions.precision);
  const limit = training.validationImages;
  const all = Object.entries(referencesOf(prepared, 'validation'));
  const references = Object.fromEntries(limit > 0 ? all.slice(0, limit) : all);
  const train = examplesOf(prepared, 'train', Infinity);
  return {
    captioner: createCaptioner(options, inputs),
    tokenizer,
    options: training,
    dropout: options.dropout,
    precision,
    features,
    train,
    validation: examplesOf(prepared, 'validation', longestValidationCaption),
    references,
    decoding: configuration.decoding,
    folder: path.join(configuration.model, 'training'),
    fingerprint: fingerprint([
      options,
      training,
      inputs,
      precision,
      configuration.decoding,
      [encoder.name, encoder.endPoint, encoder.weightsHash],
      tokenizer.toJSON(),
      train,
      references,
    ]),
  };
}

/** The captions of a split as word ids. */
export function examplesOf(prepared: Prepared, split: SplitName, longest: number): Example[] {
  const { dataset, images, tokenizer } = prepared;
  return dataset.splits[split].flatMap((image) =>
    images
      .get(image)!
      .captions.map((caption) => ({ image, words: tokenizer.encode(caption) }))
      .filter(({ words }) => words.length <= longest + 2),
  );
}

function fingerprint(parts: unknown): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
