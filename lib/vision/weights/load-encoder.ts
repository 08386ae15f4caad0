import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { EncoderLoadOptions } from '../options';
import { UserError } from '../../errors';
import { expandHome } from '../../files';
import type { StartProgress } from '../../progress/progress';
import { PROJECT_ROOT } from '../../project-root';
import type { EncoderDefinition, FineTunedBlocks, LayerWeights } from '../encoders/definition';
import { fineTunedBlocks, makeEncoder, type Encoder } from '../encoders/encoder';
import { FUSED, fuseEncoders } from '../encoders/fused-encoder';
import { encoderDefinition, encoderDefinitions } from '../encoders/registry';
import { fetchFile } from './fetch';
import { fusedParts } from './fused-parts';
import { hashArrays, readWeightArrays, type WeightsFile } from './read-weights';

/** Which encoder is used and why: a sentence for screen and records. */
export interface EncoderChoice {
  definition: EncoderDefinition;
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
 * Chooses an encoder whose weights are in their usual place. 'auto' takes the first of the registry whose weights are in
 * models/, and where there are none the first that set-up brings.
 * @param root folder with models/
 * @throws UserError for an unknown name
 */
export function chooseEncoder(name: string, root = PROJECT_ROOT): EncoderChoice {
  if (name !== 'auto') {
    const definition = encoderDefinition(name);
    return { definition, reason: `${definition.title}, as chosen.` };
  }
  const [preferred, ...others] = encoderDefinitions();
  if (findWeights(preferred, root))
    return { definition: preferred, reason: `${preferred.title}, since its weights are in models/.` };

  const definition =
    others.find((one) => findWeights(one, root)) ??
    others.find(({ weights }) => weights.source === 'set-up') ??
    preferred;
  const fetched =
    typeof preferred.weights.source === 'object' ? ` (--encoder ${preferred.name} fetches them)` : '';
  const reason = `${definition.title}, since ${preferred.title}'s weights are not in models/${fetched}.`;
  return { definition, reason };
}

/**
 * The encoder that weights belong to.
 * @throws UserError that says what the file contains, where it is none of the registered ones
 */
export function fittingEncoder({ source, format, arrays }: WeightsFile): EncoderDefinition {
  const found = encoderDefinitions().find((definition) => definition.fits(arrays));
  if (found) return found;
  const names = [...arrays.keys()];
  const first = `${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}`;
  const titles = encoderDefinitions().map(({ title }) => title);
  throw new UserError(
    `${source} (${format}, ${names.length} arrays: ${first || 'none'}) fits no encoder: give weights of ${titles.join(', ')}.`,
  );
}

/**
 * Loads an encoder with its weights, up to its end point or to where it is to be trained; or several as one. Weights that
 * can be fetched and are not there yet are fetched into models/. Needs a TensorFlow backend.
 * @throws UserError when the weights cannot be had, do not fit, or do not reach the end point
 */
export async function loadEncoder(
  options: EncoderLoadOptions,
  startProgress?: StartProgress,
): Promise<LoadedEncoder> {
  return options.encoder.includes(FUSED)
    ? loadFused(options, startProgress)
    : loadOne(options, startProgress);
}

/** Several encoders that look at images together, each with its own weights and end point. */
async function loadFused(options: EncoderLoadOptions, startProgress?: StartProgress): Promise<LoadedEncoder> {
  const loaded: LoadedEncoder[] = [];
  try {
    for (const one of fusedParts(options)) loaded.push(await loadOne(one, startProgress));
    const titles = loaded.map(({ name }) => encoderDefinition(name).title);
    return {
      ...fuseEncoders(loaded, hashOfHashes(loaded)),
      weightsFile: loaded.map(({ weightsFile }) => weightsFile).join(', '),
      reason: `${titles.join(', ')} together, as chosen.`,
    };
  } catch (error) {
    for (const encoder of loaded) encoder.dispose();
    throw error;
  }
}

/** Identifies the weights of several encoders, in their order. */
function hashOfHashes(encoders: readonly Encoder[]): string {
  return createHash('sha256')
    .update(encoders.map(({ weightsHash }) => weightsHash).join())
    .digest('hex');
}

async function loadOne(
  { encoder: name, encoderWeights, endPoint, fineTuneFrom = '' }: EncoderLoadOptions,
  startProgress?: StartProgress,
): Promise<LoadedEncoder> {
  const { file, definition, reason } = await loadWeights(name, encoderWeights, startProgress);
  const { arrays, source } = file;
  const from = { arrays, source, weightsHash: hashArrays(arrays) };
  const described = { weightsFile: source, reason };
  if (fineTuneFrom === '') return { ...makeEncoder(definition, from, endPoint), ...described };
  const blocks = fineTunedBlocks(definition, fineTuneFrom, endPoint);
  const encoder = makeEncoder(definition, from, fineTuneFrom);
  try {
    const weights = blocks.readWeights(arrays, source);
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

/**
 * The weights file of an encoder, where it is in models/.
 * @param root folder with models/
 */
export function findWeights({ weights }: EncoderDefinition, root = PROJECT_ROOT): string | undefined {
  const file = path.join(root, 'models', weights.file);
  return fs.existsSync(file) ? file : undefined;
}

async function loadWeights(
  name: string,
  given: string,
  startProgress?: StartProgress,
): Promise<EncoderChoice & { file: WeightsFile }> {
  if (given === '') {
    const choice = chooseEncoder(name);
    return { ...choice, file: await readWeightArrays(await obtainWeights(choice.definition, startProgress)) };
  }
  const file = await readWeightArrays(expandHome(given));
  const definition = name === 'auto' ? fittingEncoder(file) : encoderDefinition(name);
  return { definition, file, reason: `${definition.title} with the weights in ${given}.` };
}

async function obtainWeights(definition: EncoderDefinition, startProgress?: StartProgress): Promise<string> {
  const found = findWeights(definition);
  if (found) return found;
  const { file, source } = definition.weights;
  if (typeof source === 'string') {
    const remedy = source === 'set-up' ? 'run npm run setup' : 'put the file there';
    throw new UserError(
      `The weights of ${definition.title} (${file}) are not in models/: ${remedy}, or give their path as encoderWeights.`,
    );
  }
  const target = path.join(PROJECT_ROOT, 'models', file);
  await fetchFile(source, target, startProgress);
  return target;
}
