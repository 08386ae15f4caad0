import './native/backend';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { BATCH_SIZE, withCaptioningParts } from './caption-cache';
import { decodingOptions, type DecodingOptions } from './decoding/options';
import { encoderOptions, type EncoderOptions } from './vision/options';
import { refuseUnused } from './config/unused-options';
import { explainOptions } from './config/values';
import type { DecodedCaption } from './decoding/caption';
import { UserError } from './errors';
import { inBatches } from './in-batches';
import type { Model } from './model/saved-model';
import { PROJECT_ROOT } from './project-root';
import type { FeatureExtractor } from './vision/features/feature-extractor';
import { bytesOf, nameOf, type ImageSource, type Place } from './vision/images/source';

export { clearCaches } from './caption-cache';
export type { ImageSource } from './vision/images/source';

/** The captioner that the project ships: its folder, relative to the project's. */
export const SHIPPED_MODEL = 'models/flickr8k-efficientnet-lite0';

/** One word of a caption. */
export interface CaptionWord {
  word: string;
  /** natural logarithm of the word's probability, given the image and the words before */
  logProbability: number;
  /** the attention weights of the grid's regions: [rows * columns], summing to 1, less what a class token has */
  attention: Float32Array;
}

/** A caption of an image, with what is known of each of its words. */
export interface GeneratedCaption {
  caption: string;
  words: CaptionWord[];
  /** sum of all log-probabilities, that of the end token included, over length ^ lengthPenalty */
  score: number;
  /** rows and columns of `attention` */
  grid: [number, number];
}

/** Which model captions an image, and how words are chosen. */
export interface GenerateOptions
  extends Partial<DecodingOptions>, Partial<Pick<EncoderOptions, 'encoderWeights' | 'precision'>> {
  /**
   * a loaded model, or the folder of one (default: the one that the project ships), or several of the same
   * vocabulary, an ensemble: the mean of their probabilities counts, and the attention is the first one's
   */
  model?: Model | string | readonly (Model | string)[];
}

/** All options but the model. */
const optionsSchema = decodingOptions.extend({
  encoderWeights: encoderOptions.shape.encoderWeights,
  precision: encoderOptions.shape.precision,
});

/**
 * Captions an image, or each of a list of images.
 *
 * Models, encoders and their graphs stay in memory for the next call, until `clearCaches()`.
 * @throws UserError for an image that cannot be read, and for options out of their range or without effect
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
  { model = path.join(PROJECT_ROOT, SHIPPED_MODEL), ...options }: GenerateOptions = {},
): Promise<GeneratedCaption | GeneratedCaption[]> {
  const parsed = optionsSchema.safeParse(options);
  if (!parsed.success) throw new UserError(explainOptions(parsed.error, optionsSchema, options));
  refuseUnused({ ...options }, parsed.data, ['decoding'], ({ name }) => name);

  const { encoderWeights, precision, ...decoding } = parsed.data;
  const sources: readonly ImageSource[] = isList(images) ? images : [images];
  const choice = { models: asList(model), encoderWeights, precision };
  const captions = await withCaptioningParts(choice, async ({ models, extractors, decoder }) => {
    const weights = models.map((one) => one.weights);
    const generated: GeneratedCaption[] = [];
    for (const batch of inBatches(sources, BATCH_SIZE)) {
      const features = await readFeatures(batch, extractors, {
        index: generated.length,
        count: sources.length,
      });
      try {
        const decoded = await decoder.decode(weights, features, decoding, generated.length);
        generated.push(...decoded.map((one) => toCaption(one, models[0])));
      } finally {
        tf.dispose(features);
      }
    }
    return generated;
  });
  return isList(images) ? captions : captions[0];
}

function asList(model: NonNullable<GenerateOptions['model']>): readonly (Model | string)[] {
  return Array.isArray(model) ? (model as readonly (Model | string)[]) : [model as Model | string];
}

function isList(images: ImageSource | readonly ImageSource[]): images is readonly ImageSource[] {
  return Array.isArray(images);
}

/**
 * Features of images by each extractor; those that several models share are extracted once.
 * @param first place of the first of them in the whole list
 * @returns [images, regions, channels] for each; the caller disposes them
 */
async function readFeatures(
  sources: readonly ImageSource[],
  extractors: readonly FeatureExtractor[],
  first: Place,
): Promise<tf.Tensor3D[]> {
  const images = await Promise.all(
    sources.map(async (source, i) => {
      const name = nameOf(source, { ...first, index: first.index + i });
      return { bytes: await bytesOf(source, name), name };
    }),
  );
  const features = new Map<FeatureExtractor, tf.Tensor3D>();
  try {
    for (const one of new Set(extractors)) features.set(one, await one.read(images));
  } catch (error) {
    tf.dispose([...features.values()]);
    throw error;
  }
  return extractors.map((one) => features.get(one)!);
}

function toCaption(decoded: DecodedCaption, { tokenizer, record }: Model): GeneratedCaption {
  const [rows = 0, columns = 0] = record.encoder.grid;
  const words = decoded.tokens.map((id, i) => ({
    word: tokenizer.wordOf(id),
    logProbability: decoded.logProbabilities[i],
    attention: decoded.attention[i].subarray(0, rows * columns),
  }));
  return { caption: tokenizer.decode(decoded.tokens), words, score: decoded.score, grid: [rows, columns] };
}
