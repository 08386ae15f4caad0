import * as tf from '@tensorflow/tfjs-core';
import { initializeWeights } from '../../lib/captioners/initialize';
import { createCaptioner } from '../../lib/captioners/registry';
import { ONE_CAPTION, type CaptionRequest } from '../../lib/decoding/caption-request';
import type { DecodingOptions } from '../../lib/decoding/options';
import { OurDecoding } from '../decoding';
import { closeAll, race } from '../race';
import type { Context, Outcome, Row } from '../row';

/** What is asked of the search: options, and what the captions are to be. Words are the first ones of the vocabulary. */
const asked: Record<string, { options?: Partial<DecodingOptions>; request?: Partial<CaptionRequest> }> = {
  plain: {},
  'captions: 3': { request: { captions: 3 } },
  'diverseGroups: 3': { options: { diverseGroups: 3 }, request: { captions: 3 } },
  'include of 1 word': { request: { constraints: { include: [[[4]]], exclude: [] } } },
  'include of 2 words': { request: { constraints: { include: [[[4]], [[5]]], exclude: [] } } },
  'exclude of 2 words': { request: { constraints: { include: [], exclude: [[4], [5]] } } },
};

/** What several captions and given words cost. */
export const searchRow: Row = {
  name: 'search',
  what: 'captions of cached features, beam 3, cross-attention: what several captions and given words cost',
  run: raceSearches,
};

async function raceSearches({ sizes, rounds }: Context): Promise<Outcome> {
  const captioner = createCaptioner(sizes.captionerOptions('cross-attention'), sizes);
  const weights = initializeWeights(captioner.specs, 1);
  const { searched, captionedTogether: together, regions, channels, steps } = sizes;
  const features = tf.randomUniform<tf.Rank.R3>([searched, regions, channels], 0, 1, 'float32', 1);
  const searches = Object.entries(asked).map(([name, { options, request }]) => {
    return new OurDecoding(captioner, weights, features, {
      together,
      name,
      options: { ...options, maxLength: steps },
      request: { ...ONE_CAPTION, ...request },
    });
  });
  try {
    const measures = await race(searches, rounds, searched, 1);
    const [plain, ...others] = measures;
    const figures = others.map(({ name, median }) => ({
      what: `time of ${name} / plain`,
      value: plain.median / median,
      unit: '',
    }));
    return { unit: 'images/s', measures, comparisons: [], figures, notes: [`${searched} images`] };
  } finally {
    closeAll(searches);
    tf.dispose([weights, features]);
  }
}
