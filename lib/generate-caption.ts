import './native/backend';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { withCaptioningParts } from './caption-cache';
import { captionsOption, checkRequest } from './decoding/caption-request';
import { constraintsOf, type WordChoice, type WordConstraints } from './decoding/constraints';
import { decodingOptions, type DecodingOptions } from './decoding/options';
import { encoderOptions, type EncoderOptions } from './vision/options';
import { refuseUnused } from './config/unused-options';
import { explainOptions } from './config/values';
import type { Calibration } from './confidence/calibration';
import type { DecodedCaption } from './decoding/caption';
import { ImageError, UserError } from './errors';
import { checkOptions } from './generate-caption/check-options';
import { calibrationFor, confidenceFields, type CaptionConfidence } from './generate-caption/confidence';
import { decodeAhead } from './generate-caption/decode-ahead';
import type { Model } from './model/saved-model';
import { eventLoopTurn } from './progress/stop';
import { PROJECT_ROOT } from './project-root';
import type { FeatureExtractor } from './vision/features/feature-extractor';
import type { ImageSource } from './vision/images/source';

export { clearCaches } from './caption-cache';
export type { ImageSource } from './vision/images/source';

/** The captioner that the project ships: its folder, relative to the project's. */
export const SHIPPED_MODEL = 'models/flickr8k-coco';

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
export interface GeneratedCaption extends CaptionText, CaptionConfidence {
  /** rows and columns of `attention` */
  grid: [number, number];
  /** different captions, best first; fewer than `captions` asks for where no more were found */
  captions: CaptionText[];
  error?: undefined;
}

/** What a list of images has in the place of one that could not be captioned. */
export interface FailedCaption extends Partial<Record<Exclude<keyof GeneratedCaption, 'error'>, undefined>> {
  /** its message says why, and what to do */
  error: ImageError;
}

/** The caption of an image in a list, or why it has none. */
export type CaptionResult = GeneratedCaption | FailedCaption;

/** Whether an image has no caption. For TypeScript without `strict`, as in notebooks, where `if (result.error)` tells no types apart. */
export function isFailed(result: CaptionResult): result is FailedCaption {
  return result.error !== undefined;
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
 * In a list, an image that cannot be read or captioned does not cost the others their captions: it has an `error` in the
 * place of its caption. A single image throws that error.
 *
 * Models, encoders and their graphs stay in memory for the next call, until `clearCaches()`.
 * @throws ImageError for a single image that cannot be read, or of which no caption that ends within `maxLength` has all
 *   words of `include`
 * @throws UserError for options out of their range or without effect, and for words that the vocabulary lacks
 */
export async function generateCaption(
  image: ImageSource,
  options?: GenerateOptions,
): Promise<GeneratedCaption>;
export async function generateCaption(
  images: readonly ImageSource[],
  options?: GenerateOptions,
): Promise<CaptionResult[]>;
export async function generateCaption(
  images: ImageSource | readonly ImageSource[],
  options: GenerateOptions = {},
): Promise<GeneratedCaption | CaptionResult[]> {
  checkOptions(options);
  const results: CaptionResult[] = [];
  await captionInBatches(asList(images), options, (some) => void results.push(...some));
  if (isList(images)) return results;
  const [only] = results;
  if (isFailed(only)) throw only.error;
  return only;
}

/**
 * Captions a list of images, batch by batch: while the encoder works on one, the next is decoded.
 * @param onBatch called with the results of the next images, in their order
 * @param signal stops after the batch at hand
 * @throws UserError as `generateCaption` does, but for images
 */
export async function captionInBatches(
  images: readonly ImageSource[],
  { model = path.join(PROJECT_ROOT, SHIPPED_MODEL), include = [], exclude = [], ...options }: GenerateOptions,
  onBatch: (results: CaptionResult[]) => void,
  signal?: AbortSignal,
): Promise<void> {
  const parsed = optionsSchema.safeParse(options);
  if (!parsed.success) throw new UserError(explainOptions(parsed.error, optionsSchema, options));
  refuseUnused({ ...options }, parsed.data, ['decoding'], ({ name }) => name);

  const { encoderWeights, precision, captions, ...decoding } = parsed.data;
  checkRequest(decoding, captions, include.length > 0);
  const choice = { models: asList(model), encoderWeights, precision };
  await withCaptioningParts(choice, async ({ models, extractors, decoder }) => {
    const weights = models.map((one) => one.weights);
    const calibration = calibrationFor(models, decoding, include.length + exclude.length === 0);
    const request = { captions, constraints: constraintsOf({ include, exclude }, models[0].tokenizer) };
    let captioned = 0;
    for await (const batch of decodeAhead(images, new Set(extractors))) {
      const decoded = batch.flatMap(({ pixels }) => pixels ?? []);
      const features = featuresOf(decoded, extractors);
      let found: DecodedCaption[][] = [];
      try {
        if (decoded.length > 0)
          found = await decoder.decodeSeveral(weights, features, decoding, request, captioned);
      } finally {
        tf.dispose(features);
      }
      captioned += decoded.length;
      const next = found.values();
      onBatch(
        batch.map(({ name, pixels, error }) => {
          if (!pixels) return failure(error);
          const own = next.next().value ?? [];
          return own.length > 0
            ? toCaptions(own, models[0], calibration)
            : { error: noCaption(name, include, decoding) };
        }),
      );
      await eventLoopTurn();
      if (signal?.aborted) return;
    }
  });
}

function asList<T>(values: T | readonly T[]): readonly T[] {
  return isList(values) ? values : [values];
}

function isList<T>(values: T | readonly T[]): values is readonly T[] {
  return Array.isArray(values);
}

/**
 * Features of decoded images by each extractor; those that several models share are extracted once.
 * @returns [images, regions, channels] for each; the caller disposes them
 */
function featuresOf(
  images: readonly Map<FeatureExtractor, Uint8Array>[],
  extractors: readonly FeatureExtractor[],
): tf.Tensor3D[] {
  if (images.length === 0) return [];
  const features = new Map<FeatureExtractor, tf.Tensor3D>();
  try {
    for (const one of new Set(extractors))
      features.set(one, one.tensorOf(images.map((pixels) => pixels.get(one)!)));
  } catch (error) {
    tf.dispose([...features.values()]);
    throw error;
  }
  return extractors.map((one) => features.get(one)!);
}

/** @throws the error where it is not about the image */
function failure(error: unknown): FailedCaption {
  if (error instanceof ImageError) return { error };
  throw error;
}

/** The error for an image of which the search found no caption that ends within the greatest length and has all words. */
function noCaption(
  name: string,
  include: readonly WordChoice[],
  { maxLength, beamWidth }: DecodingOptions,
): ImageError {
  const words = include.map((choice) => `"${asList(choice).join('|')}"`).join(' and ');
  const length = maxLength === 1 ? 'one word' : `${maxLength} words`;
  return new ImageError(
    `${name}: no caption with ${words} was found that ends within ${length} (beamWidth ${beamWidth}): raise maxLength ` +
      'or beamWidth, or ask for fewer words.',
  );
}

/** @param decoded best first, at least one */
function toCaptions(
  decoded: readonly DecodedCaption[],
  { tokenizer, record }: Model,
  calibration?: Calibration,
): GeneratedCaption {
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
  const confidence = confidenceFields(calibration, decoded[0].logProbabilities);
  return { ...captions[0], ...confidence, grid: [rows, columns], captions };
}
