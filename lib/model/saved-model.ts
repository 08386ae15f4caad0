import '../native/backend';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Captioner, Weights } from '../captioners/captioner';
import { withFineTunedEncoder } from '../captioners/fine-tuned';
import { createCaptioner } from '../captioners/registry';
import type { Calibration } from '../confidence/calibration';
import type { Language } from '../language/language';
import { Tokenizer } from '../tokenizer';
import { makeFolder, removeOwnFiles, writeAtomically } from '../files';
import { readText } from '../text-file';
import { messageOf, UserError } from '../errors';
import { readTensors, writeTensors } from '../safetensors';
import { fineTunedBlocks } from '../vision/encoders/encoder';
import { encoderDefinition } from '../vision/encoders/registry';
import { ImageSet } from './image-set';
import { languageOf } from '../language/language-of';
import { FORMAT_VERSION, modelSchema, type ModelRecord } from './format';

/** All of a saved model but its weights. */
export const MODEL_FILE = 'model.json';

/** A trained captioner, ready to be used. */
export interface Model {
  folder: string;
  record: ModelRecord;
  captioner: Captioner;
  weights: Weights;
  tokenizer: Tokenizer;
  /** what decoding knows of its words */
  language: Language;
}

/**
 * Saves a model as one folder: `model.json` and a weights file that it names with its hash. The old model stays
 * whole until the new `model.json` takes its place.
 * @param precision 'half' makes the weights file half as large
 * @param trainedOn the images of the training
 */
export function saveModel(
  folder: string,
  record: Omit<ModelRecord, 'format' | 'weights' | 'trainingImages'>,
  weights: Weights,
  precision: 'float' | 'half' = 'half',
  trainedOn?: ImageSet,
): ModelRecord {
  const before = savedRecord(folder);
  const old = before === 'unreadable' ? undefined : before;
  if (old?.shipped)
    throw new UserError(`${folder} ${shippedClause('replaced')}: name another folder with --model.`);
  makeFolder(folder);
  const temporary = path.join(folder, `weights.${process.pid}.safetensors`);
  writeTensors(temporary, weights, { precision });
  const sha256 = hashOf(temporary);
  const file = `weights-${sha256.slice(0, 8)}.safetensors`;
  fs.renameSync(temporary, path.join(folder, file));
  // Scores that were measured with these very weights stay, and so does their calibration.
  const same = old?.weights.sha256 === sha256 ? old : undefined;
  const scores = { ...same?.scores, ...record.scores };
  const confidence = record.confidence ?? same?.confidence;
  const trainingImages = trainedOn ? writeTrainingImages(folder, trainedOn) : undefined;
  const whole: ModelRecord = {
    format: FORMAT_VERSION,
    ...record,
    scores,
    weights: { file, sha256 },
    ...(confidence ? { confidence } : {}),
    ...(trainingImages ? { trainingImages } : {}),
  };
  writeRecord(folder, whole);
  // By the look of its name alone another file might be taken for a model's.
  const replaced = [old?.weights.file, old?.trainingImages?.file];
  const kept = [file, trainingImages?.file];
  removeOwnFiles(folder, (name) => replaced.includes(name) && !kept.includes(name));

  return whole;
}

function writeTrainingImages(folder: string, images: ImageSet): NonNullable<ModelRecord['trainingImages']> {
  const bytes = images.toBytes();
  const file = `images-${createHash('sha256').update(bytes).digest('hex').slice(0, 8)}.bin`;
  writeAtomically(path.join(folder, file), bytes);
  return { file, count: images.size };
}

/** The images that a model was trained on; undefined where it does not say. */
export function trainingImagesOf({ folder, record }: Pick<Model, 'folder' | 'record'>): ImageSet | undefined {
  const { trainingImages } = record;
  return trainingImages && ImageSet.read(path.join(folder, trainingImages.file));
}

/** What a folder says of its model; `unreadable` where that is damaged or of another version, undefined without one. */
export function savedRecord(folder: string): ModelRecord | 'unreadable' | undefined {
  const file = path.join(folder, MODEL_FILE);
  if (!fs.existsSync(file)) return undefined;
  try {
    return modelSchema().parse(JSON.parse(readText(file, 'model record')));
  } catch {
    return 'unreadable';
  }
}

/**
 * Notes in a model's record that its weights were not kept, and removes their file.
 * @param why a clause for the error that their use gives: "it is a trial of a search without --keep"
 */
export function dropWeights(folder: string, why: string): void {
  const record = savedRecord(folder);
  if (record === undefined || record === 'unreadable' || record.shipped) return;
  writeRecord(folder, { ...record, weights: { ...record.weights, dropped: why } });
  removeOwnFiles(folder, (name) => name === record.weights.file);
}

function writeRecord(folder: string, record: ModelRecord): void {
  writeAtomically(path.join(folder, MODEL_FILE), `${JSON.stringify(record, null, 1)}\n`);
}

/** What a folder holds whose model is never touched, for messages. @param what "replaced" */
export function shippedClause(what: string): string {
  return `holds the captioner that comes with the project, which is never ${what}`;
}

/** Replaces the scores in a saved model's record; those of the captioner that comes with the project stay as they are. */
export function saveScores(model: Model, split: string, scores: Record<string, number>): void {
  if (model.record.shipped) return;
  model.record = { ...model.record, scores: { ...model.record.scores, [split]: scores } };
  writeRecord(model.folder, model.record);
}

/**
 * Replaces the calibration in a saved model's record, which changes no caption.
 * @param evenShipped also that of the captioner that comes with the project, as its maintainers do
 * @throws UserError where it is that one, unless `evenShipped`
 */
export function saveCalibration(model: Model, confidence: Calibration, evenShipped = false): void {
  checkCalibratable(model, evenShipped);
  model.record = { ...model.record, confidence };
  writeRecord(model.folder, model.record);
}

/** Checks that a calibration may be kept. @throws UserError as `saveCalibration` does */
export function checkCalibratable(
  { folder, record }: Pick<Model, 'folder' | 'record'>,
  evenShipped = false,
): void {
  if (!record.shipped || evenShipped) return;
  throw new UserError(
    `${folder} ${shippedClause('changed')}: copy the folder, and name the copy with --model.`,
  );
}

/**
 * Loads a saved model.
 * @throws UserError that names the file where one is missing, was changed, or does not fit the others
 */
export function loadModel(folder: string): Model {
  const record = recordOf(folder);
  const { dropped } = record.weights;
  if (dropped !== undefined) {
    throw new UserError(
      `The weights of ${folder} were not kept, since ${dropped}: train it with the options in its ${MODEL_FILE}.`,
    );
  }
  const file = path.join(folder, record.weights.file);
  if (!fs.existsSync(file))
    throw new UserError(`${file} is missing, though ${MODEL_FILE} names it: copy the whole folder again.`);

  if (hashOf(file) !== record.weights.sha256) {
    throw new UserError(
      `${file} is not the file that ${MODEL_FILE} was written with: copy the whole folder again.`,
    );
  }
  const captioner = recordedCaptioner(record);
  const { tensors } = readTensors(file);
  const tokenizer = Tokenizer.fromJSON(record.tokenizer);
  try {
    checkFit(folder, captioner, tensors, tokenizer, record);
  } catch (error) {
    tf.dispose(tensors);
    throw error;
  }
  const language = languageOf(record.encoder.name, tokenizer, record.repeatedWords);
  return { folder, record, captioner, weights: tensors, tokenizer, language };
}

/**
 * The captioner that a record describes, with the blocks of the encoder in front that are trained with it.
 * @param lrMultiplier share of the learning rate with which those blocks are trained
 */
export function recordedCaptioner(
  {
    captioner,
    inputs,
    encoder,
  }: Pick<ModelRecord, 'captioner' | 'inputs'> & {
    encoder: Pick<ModelRecord['encoder'], 'name' | 'endPoint' | 'fineTunedTo'>;
  },
  lrMultiplier = 1,
): Captioner {
  if (encoder.fineTunedTo === undefined) return createCaptioner(captioner, inputs);
  const blocks = fineTunedBlocks(encoderDefinition(encoder.name), encoder.endPoint, encoder.fineTunedTo);
  const { regions, channels } = blocks.output;
  const onTop = createCaptioner(captioner, { ...inputs, regions, channels });
  return withFineTunedEncoder(onTop, blocks, lrMultiplier);
}

/** Changes whenever a model is saved in the folder; empty where there is none. */
export function modelVersion(folder: string): string {
  const file = path.join(folder, MODEL_FILE);
  if (!fs.existsSync(file)) return '';
  const { ino, mtimeMs, size } = fs.statSync(file);
  return [ino, mtimeMs, size].join();
}

/**
 * All that a folder says of its model but the weights.
 * @throws UserError where there is none, or it is damaged or of another version
 */
export function recordOf(folder: string): ModelRecord {
  const file = path.join(folder, MODEL_FILE);
  if (!fs.existsSync(file)) {
    throw new UserError(
      `${folder} holds no model (${MODEL_FILE} is missing): train one, or name another folder.`,
    );
  }
  try {
    const json: unknown = JSON.parse(readText(file, 'model record'));
    const version = (json as { format?: unknown } | null)?.format;
    if (typeof version === 'number' && version > FORMAT_VERSION) {
      throw new UserError(
        `${file} has format ${version}, and this version of the project reads up to ${FORMAT_VERSION}: update the project.`,
      );
    }
    return modelSchema().parse(json);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      `${file} is not a valid model record of format ${FORMAT_VERSION} (${reasonOf(error)}): train it again.`,
    );
  }
}

function checkFit(
  folder: string,
  captioner: Captioner,
  weights: Weights,
  tokenizer: Tokenizer,
  { inputs }: ModelRecord,
): void {
  if (tokenizer.size !== inputs.vocabSize) {
    throw new UserError(
      `The vocabulary of ${folder} has ${tokenizer.size} words but its captioner ${inputs.vocabSize}: train it again.`,
    );
  }
  for (const [name, { shape }] of Object.entries(captioner.specs)) {
    const has = weights[name]?.shape.join('x') ?? 'nothing';
    if (has !== shape.join('x')) {
      throw new UserError(
        `The weight ${name} of ${folder} is ${has} where its captioner needs ${shape.join('x')}: train it again.`,
      );
    }
  }
}

function hashOf(file: string): string {
  return createHash('sha256').update(fs.readFileSync(file)).digest('hex');
}

/** The first of the things that are wrong with a record. */
function reasonOf(error: unknown): string {
  if (!(error instanceof z.ZodError)) return messageOf(error);
  const [{ path: keys, message }] = error.issues;
  return `${keys.join('.')}: ${message}`;
}
