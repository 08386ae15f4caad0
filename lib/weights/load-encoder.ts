import path from 'node:path';
import type { EncoderOptions } from '../config/options';
import { efficientNetLite0 } from '../encoders/efficientnet-lite0';
import type { Encoder, EncoderName } from '../encoders/encoder';
import { inceptionV3 } from '../encoders/inception-v3';
import { UserError } from '../errors';
import type { StartProgress } from '../progress/progress';
import { fetchFile, hashFile } from './fetch';
import { readKerasWeights } from './hdf5';
import { findWeights, KNOWN_WEIGHTS, PROJECT_ROOT } from './known-weights';
import { readCheckpoint } from './pytorch-checkpoint';

/** The options that say which encoder, with which weights, up to where. */
export type EncoderChoiceOptions = Pick<EncoderOptions, 'encoder' | 'endPoint' | 'encoderWeights'>;

/** Which encoder is used, with which weights file, and why: a sentence for screen and records. */
export interface EncoderChoice {
  name: EncoderName;
  /** Missing where the weights have to be fetched first. */
  weightsFile?: string;
  reason: string;
}

/** An encoder and where it came from. */
export interface LoadedEncoder extends Encoder {
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
      reason: `${KNOWN_WEIGHTS[name].title} with the weights in ${encoderWeights}.`,
    };
  }
  if (encoder !== 'auto') {
    return {
      name: encoder,
      weightsFile: findWeights(encoder, root),
      reason: `${KNOWN_WEIGHTS[encoder].title}, as asked for.`,
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
 * Loads an encoder with its weights; they are fetched into models/ where they can be and are not
 * there yet. Needs a TensorFlow backend.
 * @throws UserError when the weights cannot be had, do not fit, or do not reach the end point
 */
export async function loadEncoder(
  options: EncoderChoiceOptions,
  startProgress?: StartProgress,
): Promise<LoadedEncoder> {
  const choice = chooseEncoder(options);
  const weightsFile = choice.weightsFile ?? (await obtainWeights(choice.name, startProgress));
  const arrays =
    choice.name === 'inception-v3' ? await readKerasWeights(weightsFile) : readCheckpoint(weightsFile);
  const build = choice.name === 'inception-v3' ? inceptionV3 : efficientNetLite0;
  const encoder = build(arrays, {
    endPoint: options.endPoint,
    weightsHash: await hashFile(weightsFile, 'sha256'),
    source: weightsFile,
  });
  return { ...encoder, weightsFile, reason: choice.reason };
}

async function obtainWeights(name: EncoderName, startProgress?: StartProgress): Promise<string> {
  const { title, file, download } = KNOWN_WEIGHTS[name];
  if (!download) {
    throw new UserError(
      `The weights of ${title} (${file}) are neither in models/ nor in .venv/: run npm start, which installs requirements.txt.`,
    );
  }
  const target = path.join(PROJECT_ROOT, 'models', file);
  await fetchFile(download, target, startProgress);
  return target;
}

function encoderOfFile(file: string): EncoderName {
  switch (path.extname(file).toLowerCase()) {
    case '.h5':
    case '.hdf5':
      return 'inception-v3';
    case '.pth':
    case '.pt':
      return 'efficientnet-lite0';
    default:
      throw new UserError(
        `${file} ends neither in .h5 (InceptionV3) nor in .pth (EfficientNet-Lite0): say which with --encoder.`,
      );
  }
}
