import './native/backend';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { decodingOptions, type DecodingOptions } from './config/options';
import { explainOptions } from './config/values';
import type { DecodedCaption } from './decoding/caption';
import { Decoder } from './decoding/decoder';
import type { Encoder } from './vision/encoders/encoder';
import { UserError } from './errors';
import { decodeImage } from './vision/images/decode';
import { bytesOf, nameOf, type ImageSource } from './vision/images/source';
import { loadModelEncoder } from './model/encoder';
import { loadModel, recordStamp, type Model } from './model/saved-model';
import type { Compiled } from './ops/compiled';
import { kernels } from './ops/kernels';
import { PROJECT_ROOT } from './project-root';

export type { ImageSource } from './vision/images/source';

/** The captioner that the project ships: its folder, relative to the project's. */
export const SHIPPED_MODEL = 'models/flickr8k-efficientnet-lite0';

/** One word of a caption. */
export interface CaptionWord {
  word: string;
  /** natural logarithm of the word's probability, given the picture and the words before */
  logProbability: number;
  /** the attention weights of the grid's regions: [rows * columns], summing to 1, less what a class token has */
  attention: Float32Array;
}

/** A caption of an image, with what is known of each of its words. */
export interface GeneratedCaption {
  caption: string;
  words: CaptionWord[];
  /** sum of all log-probabilities, the end's too, over length ^ lengthPenalty */
  score: number;
  /** rows and columns of `attention` */
  grid: [number, number];
}

/** Which model captions an image, and how words are chosen. */
export interface GenerateOptions extends Partial<DecodingOptions> {
  /**
   * a loaded model, or the folder of one (default: the one that the project ships), or several of the same
   * vocabulary: the mean of their probabilities counts, and the attention is the first one's
   */
  model?: Model | string | readonly (Model | string)[];
  /** path of the encoder's weights where they are in no known place */
  encoderWeights?: string;
}

/** Images that go through encoder and captioner together. */
const BATCH_SIZE = 16;

/** An encoder and its network, which becomes a graph where it is used again. */
interface CompiledEncoder {
  encoder: Encoder;
  network: Compiled<tf.Tensor4D, tf.Tensor3D>;
}

const modelCache = new Map<string, { model: Model; stamp: string }>();
const encoderCache = new Map<string, Promise<CompiledEncoder>>();
const decoderCache = new Map<string, { models: readonly Model[]; decoder: Decoder }>();

/**
 * Captions a picture, or each of a list of pictures.
 *
 * The model and its encoder stay in memory for the next call.
 * @throws UserError for a picture that cannot be read and for options out of their range
 */
export async function generateCaption(
  image: ImageSource,
  options?: GenerateOptions,
): Promise<GeneratedCaption>;
export async function generateCaption(
  images: readonly ImageSource[],
  options?: GenerateOptions,
): Promise<GeneratedCaption[]>;
export async function generateCaption(
  images: ImageSource | readonly ImageSource[],
  {
    model: chosen = path.join(PROJECT_ROOT, SHIPPED_MODEL),
    encoderWeights = '',
    ...decoding
  }: GenerateOptions = {},
): Promise<GeneratedCaption | GeneratedCaption[]> {
  const parsed = decodingOptions.safeParse(decoding);
  if (!parsed.success) throw new UserError(explainOptions(parsed.error, decodingOptions, decoding));

  const list: readonly ImageSource[] = isList(images) ? images : [images];
  const chosenModels = asList(chosen).map((one) => (typeof one === 'string' ? cachedModel(one) : one));
  checkVocabularies(chosenModels);
  const encoders = await Promise.all(chosenModels.map((model) => cachedEncoder(model, encoderWeights)));
  const decoder = cachedDecoder(chosenModels);
  const weights = chosenModels.map((model) => model.weights);
  const captions: GeneratedCaption[] = [];
  for (let at = 0; at < list.length; at += BATCH_SIZE) {
    const files = await Promise.all(
      list
        .slice(at, at + BATCH_SIZE)
        .map(async (image) => ({ bytes: await bytesOf(image), name: nameOf(image) })),
    );
    const features: tf.Tensor3D[] = [];
    try {
      for (const encoder of encoders) features.push(await encode(files, encoder));
      const decoded = await decoder.decode(weights, features, parsed.data, at);
      captions.push(...decoded.map((one) => inWords(one, chosenModels[0])));
    } finally {
      tf.dispose(features);
    }
  }
  return isList(images) ? captions : captions[0];
}

function asList(model: Model | string | readonly (Model | string)[]): readonly (Model | string)[] {
  return Array.isArray(model) ? (model as readonly (Model | string)[]) : [model as Model | string];
}

function isList(images: ImageSource | readonly ImageSource[]): images is readonly ImageSource[] {
  return Array.isArray(images);
}

/** A model that was trained again since is loaded again; the old one stays for calls that still use it. */
function cachedModel(folder: string): Model {
  const stamp = recordStamp(folder);
  const known = modelCache.get(folder);
  if (known?.stamp === stamp) return known.model;
  const model = loadModel(folder);
  modelCache.set(folder, { model, stamp });
  return model;
}

async function cachedEncoder({ record }: Model, weightsFile: string): Promise<CompiledEncoder> {
  const { encoder, inputs } = record;
  const wanted = [encoder.name, encoder.endPoint, encoder.weightsHash, inputs.regions, inputs.channels];
  const key = [...wanted, weightsFile].join();
  const known = encoderCache.get(key) ?? compileEncoder(record, weightsFile);
  encoderCache.set(key, known);
  known.catch(() => encoderCache.delete(key)); // a failed try is not remembered
  return known;
}

async function compileEncoder(record: Model['record'], weightsFile: string): Promise<CompiledEncoder> {
  const encoder = await loadModelEncoder(record, weightsFile);
  return { encoder, network: kernels().compile((pixels: tf.Tensor4D) => encoder.forward(pixels)) };
}

/** The decoder of these very models; one of models that were trained again since makes place. */
function cachedDecoder(chosenModels: readonly Model[]): Decoder {
  const key = chosenModels.map(({ folder }) => folder).join('\n');
  const known = decoderCache.get(key);
  if (known?.models.every((model, i) => model.captioner === chosenModels[i].captioner)) return known.decoder;
  const decoder = new Decoder(chosenModels.map(({ captioner }) => captioner));
  decoderCache.set(key, { models: chosenModels, decoder });
  return decoder;
}

function checkVocabularies([first, ...others]: readonly Model[]): void {
  if (!first) throw new UserError('No model was named: give the folder of one at least.');
  const words = JSON.stringify(first.tokenizer.toJSON());
  const other = others.find(({ tokenizer }) => JSON.stringify(tokenizer.toJSON()) !== words);
  if (other) {
    throw new UserError(
      `${other.folder} has another vocabulary than ${first.folder}: only models of the same data and ` +
        'vocabulary options can write captions together.',
    );
  }
}

/** `[images, regions, channels]` */
async function encode(
  files: readonly { bytes: Buffer; name: string }[],
  { encoder, network }: CompiledEncoder,
): Promise<tf.Tensor3D> {
  const { input } = encoder;
  const pixels = await Promise.all(files.map(({ bytes, name }) => decodeImage(bytes, input, name)));
  const images = tf.tidy(() =>
    tf.stack(pixels.map((one) => kernels().fromBytes(one, [input.height, input.width, 3]))),
  ) as tf.Tensor4D;
  try {
    return network(images);
  } finally {
    images.dispose();
  }
}

function inWords(decoded: DecodedCaption, { tokenizer, record }: Model): GeneratedCaption {
  const [rows = 0, columns = 0] = record.encoder.grid;
  const words = decoded.tokens.map((id, i) => ({
    word: tokenizer.wordOf(id),
    logProbability: decoded.logProbabilities[i],
    attention: decoded.attention[i].subarray(0, rows * columns),
  }));
  return { caption: tokenizer.decode(decoded.tokens), words, score: decoded.score, grid: [rows, columns] };
}
