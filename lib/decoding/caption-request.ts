import { z } from 'zod';
import { UserError } from '../errors';
import { NO_CONSTRAINTS, type Constraints } from './constraints';
import { checkDecodingOptions, type DecodingOptions } from './options';

/** How many captions of an image are asked for. */
export const captionsOption = z
  .int()
  .min(1)
  .max(100)
  .default(1)
  .describe('captions of each image, no two of the same words: the best of beam search, or so many samples');

/** What the captions of an image are to be, however they are searched for. */
export interface CaptionRequest {
  /** different captions of each image */
  captions: number;
  constraints: Constraints;
}

/** One caption of any words. */
export const ONE_CAPTION: CaptionRequest = { captions: 1, constraints: NO_CONSTRAINTS };

/**
 * Checks whether a way of decoding can give what is asked for.
 * @throws UserError that says what would
 */
export function checkRequest(options: DecodingOptions, captions: number, hasIncluded: boolean): void {
  checkDecodingOptions(options);
  const { method, beamWidth } = options;
  if (hasIncluded && method !== 'beam') {
    throw new UserError(
      `Option include: only beam search finds captions with given words: leave out the method "${method}" or include.`,
    );
  }
  if (captions === 1) return;
  if (method === 'greedy') {
    throw new UserError(
      `Option captions: greedy decoding gives one caption, not ${captions}: choose the method "beam" or "sample".`,
    );
  }
  if (method === 'beam' && captions > beamWidth) {
    throw new UserError(
      `Option captions: a beam of ${beamWidth} does not hold ${captions} captions: set beamWidth to ${captions} or more.`,
    );
  }
}
