import assert from 'node:assert/strict';
import {
  calibrate,
  calibrationSchema,
  confidenceOf,
  type ScoredCaption,
} from '../../lib/confidence/calibration';
import { confidenceText, isLowConfidence, lowConfidenceSentence } from '../../lib/confidence/words';
import { decodingOptions } from '../../lib/decoding/options';
import { isSameSearch, searchOptions } from '../../lib/decoding/search-options';
import { calibrationFor } from '../../lib/generate-caption/confidence';
import type { Model } from '../../lib/model/saved-model';
import { Random } from '../../lib/random';
import { calibrationOf } from '../../lib/pipeline/calibrate';
import { calibrationOfBeam } from '../helpers/calibration';
import { assertUserError } from '../helpers/user-error';

const BEAM = searchOptions(decodingOptions.parse({}))!;

/** Captions of which the sigmoid of `5 * mean + 6` is the probability to be good; good ones are above the median. */
function drawnCaptions(count: number, seed = 1): (ScoredCaption & { probability: number })[] {
  const random = new Random(seed, 'captions');
  return Array.from({ length: count }, () => {
    const mean = -2 + 1.6 * random.next();
    const probability = 1 / (1 + Math.exp(-(5 * mean + 6)));
    const isGood = random.next() < probability;
    return { logProbabilities: [mean - 0.3, mean, mean + 0.3], cider: (isGood ? 1 : 0) + 0.5 * random.next(), probability }; // prettier-ignore
  });
}

describe('calibration of confidence', () => {
  it('finds the probabilities that drawn captions were made with', () => {
    const captions = drawnCaptions(4000);
    const calibration = calibrate(captions, BEAM);
    const errors = captions.map((one) => Math.abs(confidenceOf(calibration, one.logProbabilities) - one.probability)); // prettier-ignore
    assert.ok(Math.max(...errors) < 0.06, `${Math.max(...errors)}`);
    assert.ok(calibration.ece < 0.03, `${calibration.ece}`);
    // On other captions of the same kind the shares are those that were said.
    for (const { predicted, observed, count } of calibration.bins)
      assert.ok(Math.abs(predicted - observed) < 3 * Math.sqrt(0.25 / count), `${predicted} ${observed}`);
    assert.equal(calibration.bins.reduce((sum, { count }) => sum + count, 0), 4000); // prettier-ignore
  });

  it('knows that log-probabilities say nothing where they do not', () => {
    const random = new Random(2, 'captions');
    const captions = drawnCaptions(1000).map((one) => ({ ...one, cider: random.next() }));
    const { brier, bins } = calibrate(captions, BEAM);
    assert.ok(Math.abs(brier - 0.25) < 0.005, `${brier}`);
    assert.ok(bins.every(({ from, to }) => from >= 0.3 && to <= 0.7));
  });

  it('is the same each time, and of the form of the record', () => {
    const calibration = calibrate(drawnCaptions(200), BEAM);
    assert.deepEqual(calibrate(drawnCaptions(200), BEAM), calibration);
    assert.deepEqual(calibrationSchema.parse(JSON.parse(JSON.stringify(calibration))), calibration);
    assert.equal(calibration.images, 200);
  });

  it('takes the median of the captions: half of them are above it', () => {
    const captions = drawnCaptions(201);
    const { medianCider } = calibrate(captions, BEAM);
    assert.equal(captions.filter(({ cider }) => cider > medianCider).length, 100);
  });

  it('refuses too few captions, equal ones and samples', async () => {
    await assertUserError(() => calibrate(drawnCaptions(49), BEAM), /on 50 images or more, and there are 49/);
    await assertUserError(() => calibrate(drawnCaptions(1), BEAM), /there is 1:/);
    const equal = drawnCaptions(80).map((one, i) => ({ ...one, cider: i < 5 ? 1 : 0 }));
    await assertUserError(() => calibrate(equal, BEAM), /Of 80 captions 5 have .*above the median/);
    const sampled = decodingOptions.parse({ method: 'sample' });
    await assertUserError(() => calibrationOf({ logProbabilities: {}, perImage: {} }, sampled), /not for samples/); // prettier-ignore
  });
});

describe('the calibration that holds for captions', () => {
  const calibration = calibrationOfBeam({ slope: 6, intercept: 8 });
  const calibrated = { record: { confidence: calibration } } as unknown as Pick<Model, 'record'>;
  const older = { record: {} } as unknown as Pick<Model, 'record'>;
  const decoding = decodingOptions.parse({});

  it('is that of the one model, with the search it was made for', () =>
    assert.equal(calibrationFor([calibrated], decoding, true), calibration));

  it('is none for ensembles, older models, given words, samples and other searches', () => {
    assert.equal(calibrationFor([calibrated, calibrated], decoding, true), undefined);
    assert.equal(calibrationFor([older], decoding, true), undefined);
    assert.equal(calibrationFor([calibrated], decoding, false), undefined);
    for (const other of [
      { method: 'sample' },
      { method: 'greedy' },
      { beamWidth: 3 },
      { lengthPenalty: 0 },
    ]) {
      const options = decodingOptions.parse(other);
      assert.equal(calibrationFor([calibrated], options, true), undefined, JSON.stringify(other));
    }
  });
});

describe('words for confidence', () => {
  it('say so where it is low', () => {
    assert.equal(confidenceText(0.614), 'confidence 61 %');
    assert.equal(confidenceText(0.23), 'confidence 23 %: low');
    assert.equal(lowConfidenceSentence(0.5), undefined);
    assert.match(lowConfidenceSentence(0.23)!, /^Low confidence: .*23 % are better/);
    assert.deepEqual([isLowConfidence(0.33), isLowConfidence(0.34)], [true, false]);
  });
});

describe('searches', () => {
  const same = (one: object, other: object) => {
    const [a, b] = [one, other].map((options) => searchOptions(decodingOptions.parse(options)));
    return a !== undefined && b !== undefined && isSameSearch(a, b);
  };

  it('are the same where nothing differs that counts', () => {
    assert.ok(same({}, { seed: 7, diversityStrength: 2 }));
    assert.ok(same({ method: 'greedy' }, { method: 'greedy', beamWidth: 9 }));
    for (const other of [
      { beamWidth: 3 },
      { lengthPenalty: 0 },
      { noRepeatNgram: 0 },
      { maxLength: 9 },
      { method: 'greedy' },
      { diverseGroups: 5 },
    ])
      // prettier-ignore
      assert.ok(!same({}, other), JSON.stringify(other));
  });

  it('are none where words are drawn', () =>
    assert.equal(searchOptions(decodingOptions.parse({ method: 'sample' })), undefined));
});
