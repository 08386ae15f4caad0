import { z } from 'zod';
import { UserError } from '../errors';
import { plattScaling, sigmoidAt } from './platt';
import { measureReliability } from './reliability';

/*
 * How sure a captioner is of a caption: the probability that its CIDEr is above the median of the captioner's own captions,
 * by Platt scaling of the mean log-probability of the caption's tokens. Of what decoding gives anyway nothing else helped (docs/guide.md).
 */

/** Images that a calibration takes at least. */
export const LEAST_IMAGES = 50;
/** Captions that must be above the median, and not above it, at least. */
const LEAST_EACH = 10;
/** Parts of the images, each of which is predicted from the others. */
const FOLDS = 5;

const share = z.number().min(0).max(1);

/** The schema of a model's calibration in its record. */
export const calibrationSchema = z.object({
  /** of the sigmoid over the mean log-probability of a caption's tokens */
  slope: z.number(),
  intercept: z.number(),
  /** the options of the search that wrote the captions: of another one the confidence says nothing */
  decoding: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  /** how many images there were */
  images: z.int(),
  /** CIDEr that a caption is to exceed, a fraction */
  medianCider: z.number(),
  /** what came of predictions for images that had no part in the fit (cross-validation) */
  brier: share,
  ece: share,
  bins: z.array(z.object({ from: share, to: share, count: z.int(), predicted: share, observed: share })),
});

/** A model's calibration: a sigmoid, what it is for, and how far it can be relied on. */
export type Calibration = z.infer<typeof calibrationSchema>;

/** A caption and how good it was. */
export interface ScoredCaption {
  /** natural logarithms of its tokens' probabilities, END's too */
  logProbabilities: readonly number[];
  /** against its image's references */
  cider: number;
}

/**
 * Fits a calibration. Nothing in it is random: the folds take the captions in turn.
 * @param captions of images that the captioner was not trained on, one each
 * @param decoding options of the search that wrote them
 * @throws UserError where they are too few, or too few of them are better or worse than the median
 */
export function calibrate(
  captions: readonly ScoredCaption[],
  decoding: Calibration['decoding'],
): Calibration {
  const refused = whyNot(captions);
  if (refused !== undefined) throw new UserError(refused);
  const medianCider = medianOf(captions.map(({ cider }) => cider));
  const numbers = captions.map(({ logProbabilities }) => meanLogProbability(logProbabilities));
  const outcomes = captions.map(({ cider }) => cider > medianCider);
  const predicted = crossValidated(numbers, outcomes);
  return {
    ...plattScaling(numbers, outcomes),
    decoding,
    images: captions.length,
    medianCider,
    ...measureReliability(predicted, outcomes),
  };
}

/** Why these captions give no calibration: a sentence; undefined where they do. */
export function whyNot(captions: readonly ScoredCaption[]): string | undefined {
  if (captions.length < LEAST_IMAGES) {
    return (
      `The confidence of captions is calibrated on ${LEAST_IMAGES} images or more, and there ` +
      `${captions.length === 1 ? 'is 1' : `are ${captions.length}`}: use more images.`
    );
  }
  const median = medianOf(captions.map(({ cider }) => cider));
  const above = captions.filter(({ cider }) => cider > median).length;
  if (Math.min(above, captions.length - above) >= LEAST_EACH) return undefined;
  return (
    `Of ${captions.length} captions ${above} have a CIDEr above the median (${(100 * median).toFixed(1)}), too few to calibrate ` +
    'their confidence: use more images, or a captioner that was trained longer.'
  );
}

/** How sure a captioner is of a caption, in (0, 1). @param logProbabilities of its tokens, END's too */
export function confidenceOf(calibration: Calibration, logProbabilities: readonly number[]): number {
  return sigmoidAt(calibration, meanLogProbability(logProbabilities));
}

function meanLogProbability(logProbabilities: readonly number[]): number {
  return logProbabilities.reduce((sum, one) => sum + one, 0) / Math.max(1, logProbabilities.length);
}

/** What is predicted of each outcome by a sigmoid that was fitted to those of the other folds. */
function crossValidated(numbers: readonly number[], outcomes: readonly boolean[]): number[] {
  const predicted = new Array<number>(numbers.length);
  for (let fold = 0; fold < FOLDS; fold++) {
    const isOther = (_: unknown, i: number) => i % FOLDS !== fold;
    const sigmoid = plattScaling(numbers.filter(isOther), outcomes.filter(isOther));
    for (let i = fold; i < numbers.length; i += FOLDS) predicted[i] = sigmoidAt(sigmoid, numbers[i]);
  }
  return predicted;
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
