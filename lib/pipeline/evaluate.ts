import type { DecodingOptions } from '../decoding/options';
import type { EncoderOptions } from '../vision/options';
import type { CaptionedImage, Problem } from '../data/types';
import { StoppedError, UserError } from '../errors';
import { scoreCaptions } from '../metrics/score';
import type { Captions, Knowledge, References, Scores } from '../metrics/types';
import type { Model } from '../model/saved-model';
import { captionWithModel } from '../decoding/caption-images';
import { resolvePrecision } from '../native/precision';
import { FeatureExtractor } from '../vision/features/feature-extractor';
import { loadModelEncoder } from '../vision/weights/load-model-encoder';
import { cacheFeatures, type Hooks } from './prepare';

/** Generated captions of images, with their scores. */
export interface Evaluation {
  /** of the whole set, as fractions (CIDEr may exceed 1) */
  scores: Scores;
  /** a sentence for each metric that is missing here */
  notes: string[];
  perImage: Record<string, Scores>;
  captions: Captions;
  /** natural logarithms of the probabilities of each caption's tokens, END's too */
  logProbabilities: Record<string, number[]>;
  references: References;
  /** images left out because they cannot be decoded */
  problems: Problem[];
}

/** How captions are generated and scored. */
export interface EvaluateOptions extends Hooks {
  decoding: DecodingOptions;
  encoder: Pick<EncoderOptions, 'encoderBatchSize' | 'precision' | 'encoderWeights'>;
  /** objects that the images show, where they are known: CHAIR is among the scores then */
  objects?: Knowledge['objects'];
}

/**
 * Captions images and scores the captions against what people wrote about them.
 * @throws UserError where none of the images can be decoded, and StoppedError when stopped by the signal
 */
export async function evaluateModel(
  model: Model,
  images: readonly CaptionedImage[],
  options: EvaluateOptions,
): Promise<Evaluation> {
  if (images.length === 0)
    throw new UserError('There are no images to evaluate on: choose another split, or use more images.');

  const { encoderWeights, encoderBatchSize } = options.encoder;
  const encoder = await loadModelEncoder(model.record, encoderWeights, options.progress);
  const precision = resolvePrecision(options.encoder.precision, model.record.encoder.precision);
  const { store, problems } = await cacheFeatures(
    images,
    new FeatureExtractor(encoder, precision, encoderBatchSize),
    options,
  ).finally(() => encoder.dispose());
  const usable = images.filter(({ id }) => store.has(id));
  if (usable.length === 0) {
    store.close();
    throw new UserError(
      `None of the images can be decoded (the first: ${problems[0]?.what}): check the files.`,
    );
  }
  const references = Object.fromEntries(usable.map(({ id, captions }) => [id, captions]));
  const inputs = { features: store, decoding: options.decoding };
  const logProbabilities: Evaluation['logProbabilities'] = {};
  const captions = await captionWithModel(model, inputs, Object.keys(references), {
    ...options,
    onCaption: (id, decoded) => (logProbabilities[id] = decoded.logProbabilities),
  }).finally(() => store.close());
  const done = Object.keys(captions).length;
  if (done < usable.length) {
    throw new StoppedError(
      `Stopped after ${done} of ${usable.length} captions: run it again for the scores.`,
    );
  }

  const { corpus, perImage, notes } = await scoreCaptions(references, captions, { objects: options.objects });
  return { scores: corpus, notes, perImage, captions, logProbabilities, references, problems };
}
