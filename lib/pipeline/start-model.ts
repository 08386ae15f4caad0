import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Captioner } from '../captioners/captioner';
import { captionerOf } from '../config/configuration';
import type { CaptionerOverrides, Overrides } from '../config/types';
import { UserError } from '../errors';
import type { ModelRecord } from '../model/format';
import { ImageSet } from '../model/image-set';
import { weightsForNewWords } from '../model/new-words';
import { loadModel, recordOf, trainingImagesOf } from '../model/saved-model';
import type { Tokenizer } from '../tokenizer';
import type { TrainingStart } from './training-task';

/*
 * Training that starts from a trained captioner instead of random weights: it keeps what it knows and learns new words.
 */

/** Options of a captioner that say how it is trained, not what it is. */
const FOR_TRAINING = ['dropout'];

/**
 * The options of a training that starts from a model (`overrides.from`): captioner and encoder are the model's. Others
 * come back as they are.
 * @throws UserError where an option asks for another captioner or encoder
 */
export function withStartModel(overrides: Overrides): Overrides {
  const { from } = overrides;
  if (from === undefined) return overrides;
  const record = recordOf(from);
  const own = encoderOptionsOf(record);
  refuseOther(from, namedCaptioner(captionerOf(overrides)), namedCaptioner(record.captioner));
  const { encoder: name, ...others } = { ...overrides.encoder };
  refuseOther(from, { ...others, ...(name && name !== 'auto' ? { encoder: name } : {}) }, own);
  if (overrides.training?.wordVectors) {
    throw new UserError(
      `${from} has vectors for its words, and new ones start near these: leave wordVectors out.`,
    );
  }

  const captioner = { ...record.captioner, ...captionerOf(overrides) } as CaptionerOverrides;
  return { ...overrides, captioner, encoder: { ...overrides.encoder, ...own } };
}

/** The options of a captioner as a user names them: its name is the option `captioner`. */
function namedCaptioner({ name, ...sizes }: CaptionerOverrides): Record<string, unknown> {
  return { captioner: name, ...sizes };
}

/** How a record names its encoder, in the options that choose one. */
function encoderOptionsOf({ encoder }: ModelRecord): {
  encoder: string;
  endPoint: string;
  fineTuneFrom?: string;
} {
  const { name, endPoint, fineTunedTo } = encoder;
  if (fineTunedTo === undefined) return { encoder: name, endPoint };
  return { encoder: name, endPoint: fineTunedTo, fineTuneFrom: endPoint };
}

function refuseOther(from: string, given: Record<string, unknown>, has: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === '' || !(name in has) || FOR_TRAINING.includes(name)) continue;
    if (JSON.stringify(value) === JSON.stringify(has[name])) continue;
    throw new UserError(
      `${from} has the ${name} ${JSON.stringify(has[name])}, not ${JSON.stringify(value)}, and is trained on as it is: ` +
        `leave ${name} out, or train without --from.`,
    );
  }
}

/** Where a training starts that starts from a model, and what is recorded of that. */
export interface ModelStart {
  start: TrainingStart;
  /** for the record of the new model */
  described: { model: string; weights: string; newWords: string[] };
  /** the images that the model had been trained on, where it says so */
  images: ImageSet | undefined;
}

/**
 * The weights of a trained model as a start.
 * @param captioner that is trained
 * @param tokenizer whose first words are the model's
 */
export function startFrom(
  folder: string,
  captioner: Captioner,
  tokenizer: Tokenizer,
  seed: number,
): ModelStart {
  const model = loadModel(folder);
  const known = model.tokenizer.size;
  try {
    const weights = weightsForNewWords(model.weights, captioner.specs, known, seed);
    const { sha256 } = model.record.weights;
    const newWords = tokenizer.toJSON().words.slice(model.tokenizer.toJSON().words.length);
    return {
      start: { weights, identity: { from: `#${sha256.slice(0, 12)}` } },
      described: { model: path.basename(path.resolve(folder)), weights: sha256, newWords },
      images: trainingImagesOf(model),
    };
  } finally {
    tf.dispose(model.weights);
  }
}
