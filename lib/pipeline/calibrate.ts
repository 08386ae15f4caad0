import type { Weights } from '../captioners/captioner';
import {
  calibrate,
  LEAST_IMAGES,
  whyNot,
  type Calibration,
  type ScoredCaption,
} from '../confidence/calibration';
import { captionWithModel } from '../decoding/caption-images';
import type { DecodingOptions } from '../decoding/options';
import { searchOptions } from '../decoding/search-options';
import { UserError } from '../errors';
import { ciderMetric } from '../metrics/cider';
import type { TrainingTask } from '../training/task';
import type { Evaluation } from './evaluate';
import type { Hooks } from './prepare';

/**
 * The calibration that the captions of an evaluation give.
 * @param decoding with which they were written
 * @throws UserError for samples, and where there are too few captions
 */
export function calibrationOf(
  { logProbabilities, perImage }: Pick<Evaluation, 'logProbabilities' | 'perImage'>,
  decoding: DecodingOptions,
): Calibration {
  const cider = Object.fromEntries(Object.entries(perImage).map(([id, { CIDEr }]) => [id, CIDEr]));
  return calibrate(scoredCaptions(logProbabilities, cider), searchToCalibrate(decoding));
}

/**
 * The options of the search that a calibration is made for.
 * @throws UserError where they ask for samples
 */
export function searchToCalibrate(decoding: DecodingOptions): Calibration['decoding'] {
  const search = searchOptions(decoding);
  if (search) return search;
  throw new UserError(
    `Confidence is calibrated for captions of a search, not for samples (method "${decoding.method}"): use beam or greedy.`,
  );
}

/**
 * The calibration of a captioner that has just been trained, on its validation images; undefined where they are too few,
 * its captions are samples, or the signal stopped it.
 */
export async function calibrationAfterTraining(
  task: Pick<TrainingTask, 'captioner' | 'tokenizer' | 'language' | 'features' | 'references' | 'decoding'>,
  weights: Weights,
  { progress, signal }: Hooks,
): Promise<Calibration | undefined> {
  const { captioner, tokenizer, language, features, references, decoding } = task;
  const ids = Object.keys(references);
  const search = searchOptions(decoding);
  if (!search || ids.length < LEAST_IMAGES) return undefined;
  const logProbabilities: Record<string, number[]> = {};
  const captions = await captionWithModel(
    { captioner, weights, tokenizer, language },
    { features, decoding },
    ids,
    {
      progress: progress && ((_, total) => progress('Calibrating confidence', total)),
      signal,
      onCaption: (id, decoded) => (logProbabilities[id] = decoded.logProbabilities),
    },
  );
  if (Object.keys(captions).length < ids.length) return undefined;
  const { perImage } = ciderMetric.score(references, captions, {}).CIDEr;
  const scored = scoredCaptions(logProbabilities, perImage);
  return whyNot(scored) === undefined ? calibrate(scored, search) : undefined;
}

function scoredCaptions(
  logProbabilities: Evaluation['logProbabilities'],
  cider: Record<string, number>,
): ScoredCaption[] {
  return Object.entries(logProbabilities).map(([id, own]) => ({ logProbabilities: own, cider: cider[id] }));
}
