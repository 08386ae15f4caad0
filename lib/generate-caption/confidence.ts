import { confidenceOf, type Calibration } from '../confidence/calibration';
import { lowConfidenceSentence } from '../confidence/words';
import type { DecodingOptions } from '../decoding/options';
import { isSameSearch, searchOptions } from '../decoding/search-options';
import type { Model } from '../model/saved-model';

/** What is said of how sure a captioner is of a caption. */
export interface CaptionConfidence {
  /**
   * probability that the caption is better, by CIDEr, than the median caption of its model on validation images, in (0, 1).
   * Known for one model with a calibration, with the search that it was made for and without `include` and `exclude`
   */
  confidence?: number;
  /** a sentence where the confidence is low (below 1/3) */
  lowConfidence?: string;
}

/** The calibration that holds for these captions; undefined where there is none. @param isFree no words were asked for or excluded */
export function calibrationFor(
  models: readonly Pick<Model, 'record'>[],
  decoding: DecodingOptions,
  isFree: boolean,
): Calibration | undefined {
  if (models.length !== 1 || !isFree) return undefined;
  const { confidence } = models[0].record;
  const search = searchOptions(decoding);
  return confidence && search && isSameSearch(confidence.decoding, search) ? confidence : undefined;
}

/** How sure a captioner is of a caption. @param logProbabilities of its tokens, END's too */
export function confidenceFields(
  calibration: Calibration | undefined,
  logProbabilities: readonly number[],
): CaptionConfidence {
  if (!calibration) return {};
  const confidence = confidenceOf(calibration, logProbabilities);
  const lowConfidence = lowConfidenceSentence(confidence);
  return { confidence, ...(lowConfidence === undefined ? {} : { lowConfidence }) };
}
