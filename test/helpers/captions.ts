import assert from 'node:assert/strict';
import type { DecodedCaption } from '../../lib/decoding/caption';
import { isFailed, type CaptionResult, type GeneratedCaption } from '../../lib/generate-caption';

/** The captions of a list of images; an image without one fails the test with its error. */
export function withoutErrors(results: CaptionResult[]): GeneratedCaption[] {
  return results.map((result) => {
    if (isFailed(result)) throw result.error;
    return result;
  });
}

/** Asserts equal words, and log-probabilities that differ by no more than rounding does. */
export function assertSameCaptions(actual: DecodedCaption[], expected: DecodedCaption[]): void {
  assert.deepEqual(
    actual.map(({ tokens }) => tokens),
    expected.map(({ tokens }) => tokens),
  );
  actual.forEach(({ logProbabilities }, i) => {
    assert.equal(logProbabilities.length, expected[i].logProbabilities.length);
    logProbabilities.forEach((p, j) => assert.ok(Math.abs(p - expected[i].logProbabilities[j]) < 1e-5));
  });
}
