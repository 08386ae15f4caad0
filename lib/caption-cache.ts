import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { Decoder } from './decoding/decoder';
import { UserError } from './errors';
import { expandHome } from './files';
import { loadModel, modelVersion, type Model } from './model/saved-model';
import { resolvePrecision } from './native/precision';
import { SharedCache, type Lease } from './shared-cache';
import { FeatureExtractor } from './vision/features/feature-extractor';
import { loadModelEncoder } from './vision/weights/load-model-encoder';

/** Images that go through encoder and captioner together. */
export const BATCH_SIZE = 16;

/** What `generateCaption` works with. */
export interface CaptioningParts {
  models: readonly Model[];
  /** of each model; models with the same encoder share one */
  extractors: readonly FeatureExtractor[];
  decoder: Decoder;
}

/** Which parts are needed. */
export interface CaptioningChoice {
  /** loaded models, which stay the caller's, or folders */
  models: readonly (Model | string)[];
  encoderWeights: string;
  precision: Parameters<typeof resolvePrecision>[0];
}

// All that stays in memory from one call to the next.
const models = new SharedCache<Model>(({ weights }) => tf.dispose(weights));
const extractors = new SharedCache<FeatureExtractor>((extractor) => {
  extractor.dispose();
  extractor.encoder.dispose();
});
const decoders = new SharedCache<Decoder>((decoder) => decoder.dispose());

/**
 * Frees the models, encoders and compiled graphs that `generateCaption` keeps for its next call. What a call in progress
 * uses is freed when the call ends.
 */
export function clearCaches(): void {
  for (const cache of [models, extractors, decoders]) cache.clear();
}

/**
 * Calls a function with models, extractors and decoder from the caches, which are not freed before it ends. A model that
 * was saved again since it was loaded is loaded anew.
 * @throws UserError where a model cannot be loaded, its encoder's weights are missing, or vocabularies differ
 */
export async function withCaptioningParts<T>(
  choice: CaptioningChoice,
  use: (parts: CaptioningParts) => Promise<T>,
): Promise<T> {
  const leases: Lease<unknown>[] = [];
  const hold = async <V>(acquired: Promise<Lease<V>>): Promise<V> => {
    const lease = await acquired;
    leases.push(lease);
    return lease.value;
  };
  try {
    const chosen: Model[] = [];
    for (const one of choice.models)
      chosen.push(typeof one === 'string' ? await hold(acquireModel(one)) : one);
    checkVocabularies(chosen);
    const own: FeatureExtractor[] = [];
    for (const { record } of chosen) own.push(await hold(acquireExtractor(record, choice)));
    const decoder = await hold(acquireDecoder(chosen));
    return await use({ models: chosen, extractors: own, decoder });
  } finally {
    for (const lease of leases) lease.release();
  }
}

function acquireModel(typed: string): Promise<Lease<Model>> {
  const folder = path.resolve(expandHome(typed));
  return models.acquire(folder, [modelVersion(folder)], () => loadModel(folder));
}

function acquireExtractor(
  record: Model['record'],
  { encoderWeights, precision: option }: CaptioningChoice,
): Promise<Lease<FeatureExtractor>> {
  const { encoder, inputs } = record;
  const precision = resolvePrecision(option, encoder.precision);
  const { name, endPoint, weightsHash } = encoder;
  const key = [
    name,
    endPoint,
    weightsHash,
    inputs.regions,
    inputs.channels,
    precision,
    encoderWeights,
  ].join();
  return extractors.acquire(
    key,
    [],
    async () => new FeatureExtractor(await loadModelEncoder(record, encoderWeights), precision, BATCH_SIZE),
  );
}

/** The decoder of these very captioners: that of models that were loaded anew is another one. */
function acquireDecoder(chosen: readonly Model[]): Promise<Lease<Decoder>> {
  const key = chosen.map(({ folder }) => folder).join('\n');
  const captioners = chosen.map(({ captioner }) => captioner);
  return decoders.acquire(key, captioners, () => new Decoder(captioners, chosen[0].language));
}

/** @throws UserError where there is no model or their tokens differ */
function checkVocabularies([first, ...others]: readonly Model[]): void {
  if (!first) throw new UserError('No model was given: name the folder of at least one.');
  const vocabulary = JSON.stringify(first.tokenizer.toJSON());
  const other = others.find(({ tokenizer }) => JSON.stringify(tokenizer.toJSON()) !== vocabulary);
  if (other) {
    throw new UserError(
      `${other.folder} has another vocabulary than ${first.folder}: only models of the same data and vocabulary ` +
        'options can be ensembled.',
    );
  }
}
