import '../native/backend';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Captioner, Weights } from '../captioners/captioner';
import { withFineTunedEncoder } from '../captioners/fine-tuned';
import { createCaptioner } from '../captioners/registry';
import { Tokenizer } from '../tokenizer';
import { writeAtomically } from '../files';
import { readText } from '../text-file';
import { messageOf, UserError } from '../errors';
import { readTensors, writeTensors } from '../safetensors';
import { fineTunedBlocks } from '../vision/encoders/encoder';
import { encoderDefinition } from '../vision/encoders/registry';
import { FORMAT_VERSION, modelSchema, type ModelRecord } from './format';

const MODEL_FILE = 'model.json';

/** A trained captioner, ready to be used. */
export interface Model {
  folder: string;
  record: ModelRecord;
  captioner: Captioner;
  weights: Weights;
  tokenizer: Tokenizer;
}

/**
 * Saves a model as one folder: `model.json` and a weights file that it names with its hash. The old model stays
 * whole until the new `model.json` takes its place.
 * @param precision 'half' makes the weights file half as large
 */
export function saveModel(
  folder: string,
  record: Omit<ModelRecord, 'format' | 'weights'>,
  weights: Weights,
  precision: 'float' | 'half' = 'half',
): ModelRecord {
  fs.mkdirSync(folder, { recursive: true });
  const temporary = path.join(folder, 'weights.new.safetensors');
  writeTensors(temporary, weights, { precision });
  const sha256 = hashOf(temporary);
  const file = `weights-${sha256.slice(0, 8)}.safetensors`;
  fs.renameSync(temporary, path.join(folder, file));
  const scores = { ...scoresOf(folder, sha256), ...record.scores };
  const whole: ModelRecord = { format: FORMAT_VERSION, ...record, scores, weights: { file, sha256 } };
  writeAtomically(path.join(folder, MODEL_FILE), `${JSON.stringify(whole, null, 1)}\n`);
  for (const name of fs.readdirSync(folder))
    if (/^weights-.*\.safetensors$/.test(name) && name !== file) fs.rmSync(path.join(folder, name));

  return whole;
}

/** The scores that the folder holds for these weights. */
function scoresOf(folder: string, sha256: string): ModelRecord['scores'] {
  if (!fs.existsSync(path.join(folder, MODEL_FILE))) return {};
  const before = modelSchema().safeParse(JSON.parse(readText(path.join(folder, MODEL_FILE), 'model record')));
  return before.success && before.data.weights.sha256 === sha256 ? before.data.scores : {};
}

/** Replaces the scores in a saved model's record. */
export function saveScores(model: Model, split: string, scores: Record<string, number>): void {
  model.record = { ...model.record, scores: { ...model.record.scores, [split]: scores } };
  writeAtomically(path.join(model.folder, MODEL_FILE), `${JSON.stringify(model.record, null, 1)}\n`);
}

/**
 * Loads a saved model.
 * @throws UserError that names the file where one is missing, was changed, or does not fit the others
 */
export function loadModel(folder: string): Model {
  const record = readRecord(folder);
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
  return { folder, record, captioner, weights: tensors, tokenizer };
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

function readRecord(folder: string): ModelRecord {
  const file = path.join(folder, MODEL_FILE);
  if (!fs.existsSync(file)) {
    throw new UserError(
      `${folder} holds no model (${MODEL_FILE} is missing): train one, or name another folder.`,
    );
  }
  try {
    return modelSchema().parse(JSON.parse(readText(file, 'model record')));
  } catch (error) {
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
