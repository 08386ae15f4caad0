import './native/backend';
import * as tf from '@tensorflow/tfjs-core';
import { decodingOptions, type DecodingOptions } from './config/options';
import { explainOptions } from './config/values';
import type { DecodedCaption } from './decoding/caption';
import { Decoder } from './decoding/decoder';
import type { Encoder } from './encoders/encoder';
import { UserError } from './errors';
import { decodeImage } from './images/decode';
import { bytesOf, nameOf, type ImageSource } from './images/source';
import { loadModelEncoder } from './model/encoder';
import { loadModel, recordStamp, type Model } from './model/saved-model';
import type { Compiled } from './ops/compiled';
import { kernels } from './ops/kernels';

export type { ImageSource } from './images/source';

/** The captioner that the project ships. */
export const shippedModel = 'models/flickr8k-efficientnet-lite0';

/** One word of a caption. */
export interface CaptionWord {
  word: string;
  /** natural logarithm of the word's probability, given the picture and the words before */
  logProbability: number;
  /** where the captioner looked when it wrote the word: [rows * columns], summing to 1 */
  attention: Float32Array;
}

export interface GeneratedCaption {
  caption: string;
  words: CaptionWord[];
  /** sum of all log-probabilities, the end's too, over length ^ lengthPenalty */
  score: number;
  /** rows and columns of `attention` */
  grid: [number, number];
}

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
const batchSize = 16;

/** An encoder and its network, which becomes a graph where it is used again. */
interface Eye {
  encoder: Encoder;
  network: Compiled;
}

const models = new Map<string, { model: Model; stamp: string }>();
const eyes = new Map<string, Promise<Eye>>();
const decoders = new Map<string, { models: readonly Model[]; decoder: Decoder }>();

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
  { model: chosen = shippedModel, encoderWeights = '', ...decoding }: GenerateOptions = {},
): Promise<GeneratedCaption | GeneratedCaption[]> {
  const parsed = decodingOptions.safeParse(decoding);
  if (!parsed.success) {
    throw new UserError(explainOptions(parsed.error, decodingOptions, decoding));
  }
  const list: readonly ImageSource[] = isList(images) ? images : [images];
  const together = asList(chosen).map((one) => (typeof one === 'string' ? rememberedModel(one) : one));
  checkVocabularies(together);
  const looking = await Promise.all(together.map((model) => rememberedEye(model, encoderWeights)));
  const decoder = rememberedDecoder(together);
  const weights = together.map((model) => model.weights);
  const captions: GeneratedCaption[] = [];
  for (let at = 0; at < list.length; at += batchSize) {
    const files = await Promise.all(
      list
        .slice(at, at + batchSize)
        .map(async (image) => ({ bytes: await bytesOf(image), name: nameOf(image) })),
    );
    const features: tf.Tensor3D[] = [];
    try {
      for (const eye of looking) features.push(await encode(files, eye));
      const decoded = await decoder.decode(weights, features, parsed.data, at);
      captions.push(...decoded.map((one) => inWords(one, together[0])));
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
function rememberedModel(folder: string): Model {
  const stamp = recordStamp(folder);
  const known = models.get(folder);
  if (known?.stamp === stamp) return known.model;
  const model = loadModel(folder);
  models.set(folder, { model, stamp });
  return model;
}

async function rememberedEye({ record }: Model, weightsFile: string): Promise<Eye> {
  const { encoder, inputs } = record;
  const wanted = [encoder.name, encoder.endPoint, encoder.weightsHash, inputs.regions, inputs.channels];
  const key = [...wanted, weightsFile].join();
  const known = eyes.get(key) ?? makeEye(record, weightsFile);
  eyes.set(key, known);
  known.catch(() => eyes.delete(key)); // a failed try is not remembered
  return known;
}

async function makeEye(record: Model['record'], weightsFile: string): Promise<Eye> {
  const encoder = await loadModelEncoder(record, weightsFile);
  return { encoder, network: kernels().compile((pixels) => [encoder.forward(pixels as tf.Tensor4D)]) };
}

/** The decoder of these very models; one of models that were trained again since makes place. */
function rememberedDecoder(together: readonly Model[]): Decoder {
  const key = together.map(({ folder }) => folder).join('\n');
  const known = decoders.get(key);
  if (known?.models.every((model, i) => model.captioner === together[i].captioner)) return known.decoder;
  const decoder = new Decoder(together.map(({ captioner }) => captioner));
  decoders.set(key, { models: together, decoder });
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
  { encoder, network }: Eye,
): Promise<tf.Tensor3D> {
  const size = encoder.imageSize;
  const pixels = await Promise.all(files.map(({ bytes, name }) => decodeImage(bytes, size, name)));
  const images = tf.tidy(() => tf.stack(pixels.map((one) => kernels().fromBytes(one, [size, size, 3]))));
  try {
    return network([images])[0] as tf.Tensor3D;
  } finally {
    images.dispose();
  }
}

function inWords(decoded: DecodedCaption, { tokenizer, record }: Model): GeneratedCaption {
  const [rows = 0, columns = 0] = record.encoder.grid;
  const words = decoded.words.map((id, i) => ({
    word: tokenizer.wordOf(id),
    logProbability: decoded.logProbabilities[i],
    attention: decoded.attention[i],
  }));
  return { caption: tokenizer.decode(decoded.words), words, score: decoded.score, grid: [rows, columns] };
}
