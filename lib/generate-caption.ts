import './native/backend';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { BATCH_SIZE, withCaptioningParts } from './caption-cache';
import { captionsOption, checkRequest } from './decoding/caption-request';
import { constraintsOf, type WordChoice, type WordConstraints } from './decoding/constraints';
import { decodingOptions, type DecodingOptions } from './decoding/options';
import { encoderOptions, type EncoderOptions } from './vision/options';
import { refuseUnused } from './config/unused-options';
import { explainOptions } from './config/values';
import type { DecodedCaption } from './decoding/caption';
import { ImageError, UserError } from './errors';
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

/** A caption with what is known of each of its words. */
export interface CaptionText {
  caption: string;
  words: CaptionWord[];
  /** sum of all log-probabilities, that of the end token included, over length ^ lengthPenalty */
  score: number;
}

/** The best caption of an image, and all that were asked for. */
export interface GeneratedCaption extends CaptionText {
  /** rows and columns of `attention` */
  grid: [number, number];
  /** different captions, best first; fewer than `captions` asks for where no more were found */
  captions: CaptionText[];
}

/** Which model captions an image, how words are chosen, and what captions are to be like. */
export interface GenerateOptions
  extends
    Partial<DecodingOptions>,
    Partial<WordConstraints>,
    Partial<Pick<EncoderOptions, 'encoderWeights' | 'precision'>> {
  /**
   * captions of each image (default: 1), no two of the same words: the best of a beam, which is at least so wide, or so
   * many samples
   */
  captions?: number;
  /**
   * a loaded model, or the folder of one (default: the one that the project ships), or several of the same
   * vocabulary, an ensemble: the mean of their probabilities counts, and the attention is the first one's
   */
  model?: Model | string | readonly (Model | string)[];
}

/** All options but the model and the words. */
const optionsSchema = decodingOptions.extend({
  captions: captionsOption,
  encoderWeights: encoderOptions.shape.encoderWeights,
  precision: encoderOptions.shape.precision,
});

/**
 * Captions an image, or each of a list of images.
 *
 * Models, encoders and their graphs stay in memory for the next call, until `clearCaches()`.
 * @throws UserError for an image that cannot be read, for options out of their range or without effect, for words that the vocabulary
 *   lacks, and where no caption of an image that ends within `maxLength` has all words of `include`
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
    model = path.join(PROJECT_ROOT, SHIPPED_MODEL),
    include = [],
    exclude = [],
    ...options
  }: GenerateOptions = {},
): Promise<GeneratedCaption | GeneratedCaption[]> {
  const parsed = optionsSchema.safeParse(options);
  if (!parsed.success) throw new UserError(explainOptions(parsed.error, optionsSchema, options));
  refuseUnused({ ...options }, parsed.data, ['decoding'], ({ name }) => name);

  const { encoderWeights, precision, captions: wanted, ...decoding } = parsed.data;
  checkRequest(decoding, wanted, include.length > 0);
  const sources = asList(images);
  const choice = { models: asList(model), encoderWeights, precision };
  const captions = await withCaptioningParts(choice, async ({ models, extractors, decoder }) => {
    const weights = models.map((one) => one.weights);
    const constraints = constraintsOf({ include, exclude }, models[0].tokenizer);
    const request = { captions: wanted, constraints };
    const generated: GeneratedCaption[] = [];
    for (const batch of inBatches(sources, BATCH_SIZE)) {
      const features = await readFeatures(batch, extractors, {
        index: generated.length,
        count: sources.length,
      });
      try {
        const decoded = await decoder.decodeSeveral(weights, features, decoding, request, generated.length);
        for (const [i, found] of decoded.entries()) {
          if (found.length === 0) throw noCaption(nameOf(batch[i]), include, decoding);
          generated.push(toCaptions(found, models[0]));
        }
      } finally {
        tf.dispose(features);
      }
    }
    return generated;
  });
  return isList(images) ? captions : captions[0];
}

function asList<T>(values: T | readonly T[]): readonly T[] {
  return isList(values) ? values : [values];
}

function isList<T>(values: T | readonly T[]): values is readonly T[] {
  return Array.isArray(values);
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

/** The error for an image whose captions that end within the greatest length don't have all words. */
function noCaption(
  name: string,
  include: readonly WordChoice[],
  { maxLength, beamWidth }: DecodingOptions,
): ImageError {
  const words = include.map((choice) => `"${asList(choice).join('|')}"`).join(' and ');
  return new ImageError(
    `${name} has no caption with ${words} that ends within ${maxLength} words (beamWidth ${beamWidth}): raise maxLength ` +
      'or beamWidth, or ask for fewer words.',
  );
}

/** @param decoded best first, at least one */
function toCaptions(decoded: readonly DecodedCaption[], { tokenizer, record }: Model): GeneratedCaption {
  const [rows = 0, columns = 0] = record.encoder.grid;
  const captions = decoded.map(({ tokens, logProbabilities, attention, score }) => ({
    caption: tokenizer.decode(tokens),
    words: tokens.map((id, i) => ({
      word: tokenizer.wordOf(id),
      logProbability: logProbabilities[i],
      attention: attention[i].subarray(0, rows * columns),
    })),
    score,
  }));
  return { ...captions[0], grid: [rows, columns], captions };
}
