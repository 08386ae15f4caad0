import './native/backend';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { decodingOptions, type DecodingOptions } from './config/options';
import { explainOptions } from './config/values';
import { decodeCaptions } from './decoding/decode';
import type { DecodedCaption } from './decoding/caption';
import type { Encoder } from './encoders/encoder';
import { messageOf, UserError } from './errors';
import { decodeImage } from './images/decode';
import { loadModelEncoder } from './model/encoder';
import { loadModel, recordStamp, type Model } from './model/saved-model';

/** The captioner that the project ships. */
export const shippedModel = 'models/flickr8k-efficientnet-lite0';

/** A picture: a path, an `http(s):` or `file:` URL, or the bytes of an image file. */
export type ImageSource = string | URL | Buffer;

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
  /** a loaded model, or the folder of one (default: the one that the project ships) */
  model?: Model | string;
  /** path of the encoder's weights where they are in no known place */
  encoderWeights?: string;
}

/** Images that go through encoder and captioner together. */
const batchSize = 16;
const timeoutMs = 20_000;

const models = new Map<string, { model: Model; stamp: string }>();
const encoders = new Map<string, Promise<Encoder>>();

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
  const model = typeof chosen === 'string' ? rememberedModel(chosen) : chosen;
  const encoder = await rememberedEncoder(model, encoderWeights);
  const captions: GeneratedCaption[] = [];
  for (let at = 0; at < list.length; at += batchSize) {
    const features = await encode(list.slice(at, at + batchSize), encoder);
    try {
      const decoded = await decodeCaptions(model.captioner, model.weights, features, parsed.data, at);
      captions.push(...decoded.map((one) => inWords(one, model, encoder.grid)));
    } finally {
      features.dispose();
    }
  }
  return isList(images) ? captions : captions[0];
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

async function rememberedEncoder({ record }: Model, weightsFile: string): Promise<Encoder> {
  const { encoder, inputs } = record;
  const wanted = [encoder.name, encoder.endPoint, encoder.weightsHash, inputs.regions, inputs.channels];
  const key = [...wanted, weightsFile].join();
  const known = encoders.get(key) ?? loadModelEncoder(record, weightsFile);
  encoders.set(key, known);
  known.catch(() => encoders.delete(key)); // a failed try is not remembered
  return known;
}

/** `[images, regions, channels]` */
async function encode(images: readonly ImageSource[], encoder: Encoder): Promise<tf.Tensor3D> {
  const size = encoder.imageSize;
  const pixels = await Promise.all(
    images.map(async (image) => decodeImage(await bytesOf(image), size, nameOf(image))),
  );
  return tf.tidy(() => {
    const floats = pixels.map((one) => tf.tensor3d(Float32Array.from(one), [size, size, 3]));
    return encoder.forward(tf.stack(floats) as tf.Tensor4D);
  });
}

const nameOf = (image: ImageSource) => (Buffer.isBuffer(image) ? 'The picture' : image.toString());

/** The bytes of an image file. */
async function bytesOf(image: ImageSource): Promise<Buffer> {
  if (Buffer.isBuffer(image)) return image;
  const text = image.toString();
  if (/^https?:/i.test(text)) return download(text);
  if (/^(?!file:)[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    throw new UserError(
      `${text} is no address that can be fetched: give an http, https or file address, or a path.`,
    );
  }
  try {
    return fs.readFileSync(/^file:/i.test(text) ? fileURLToPath(text) : text);
  } catch (error) {
    throw new UserError(`${text} cannot be read (${messageOf(error)}): give the path of an image file.`);
  }
}

async function download(url: string): Promise<Buffer> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok) throw new Error(`the server answers ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    const cause =
      error instanceof Error ? ((error.cause as Error | undefined)?.message ?? error.message) : String(error);
    throw new UserError(`${url} cannot be fetched (${cause}): check the address and the network.`);
  }
}

function inWords(decoded: DecodedCaption, { tokenizer }: Model, grid: [number, number]): GeneratedCaption {
  const words = decoded.words.map((id, i) => ({
    word: tokenizer.wordOf(id),
    logProbability: decoded.logProbabilities[i],
    attention: decoded.attention[i],
  }));
  return { caption: tokenizer.decode(decoded.words), words, score: decoded.score, grid };
}
