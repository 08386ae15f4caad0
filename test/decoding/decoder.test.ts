import '../../lib/native/backend';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { decodingOptions } from '../../lib/decoding/options';
import { END, START } from '../../lib/tokenizer';
import { Decoder } from '../../lib/decoding/decoder';
import { nativeTensorCount } from '../../lib/native/backend';
import { bigramCaptioner } from '../helpers/bigram-captioner';
import { decodeOnce } from '../helpers/decode';
import { randomFeatures, randomWeights, tinyCaptioner } from '../helpers/tiny-captioner';

const [A, B] = [4, 5];
const WORDS = 6;

/** Weights of the bigram captioner: A or B follows START with these probabilities, and then the end. */
function bigramWeights(a: number, b: number): Record<string, tf.Tensor> {
  const next = new Float32Array(WORDS * WORDS).fill(-30);
  next[START * WORDS + A] = Math.log(a);
  next[START * WORDS + B] = Math.log(b);
  next[A * WORDS + END] = next[B * WORDS + END] = 0;
  return { next: tf.tensor2d(next, [WORDS, WORDS]), seen: tf.zeros([WORDS]) };
}

describe('decoder', () => {
  for (const method of ['beam', 'greedy'] as const) {
    it(`writes the same captions step by step and by graphs, which it makes at the second call (${method})`, async () => {
      const captioner = tinyCaptioner();
      const weights = randomWeights(captioner.specs, 1);
      const features = randomFeatures(3);
      const options = decodingOptions.parse({ method, beamWidth: 3, maxLength: 7, noRepeatNgram: 2 });
      const decoder = new Decoder([captioner]);
      const run = () => decoder.decode([weights], [features], options);
      const first = await run();
      const second = await run();
      const before = nativeTensorCount();
      const third = await run();
      assert.equal(nativeTensorCount(), before);
      decoder.dispose();
      for (const again of [second, third]) {
        assert.deepEqual(
          again.map((caption) => caption.tokens),
          first.map((caption) => caption.tokens),
        );
        again.forEach(({ score, attention }, i) => {
          assert.ok(Math.abs(score - first[i].score) < 1e-5);
          attention.forEach((row, t) =>
            row.forEach((share, r) => assert.ok(Math.abs(share - first[i].attention[t][r]) < 1e-5)),
          );
        });
      }
    });
  }

  it('takes weights whose names stand in another order', async () => {
    const captioner = tinyCaptioner();
    const weights = randomWeights(captioner.specs, 1);
    const turned = Object.fromEntries(Object.entries(weights).reverse());
    const options = decodingOptions.parse({ maxLength: 5 });
    const captions = await decodeOnce(captioner, turned, randomFeatures(2), options);
    assert.deepEqual(captions, await decodeOnce(captioner, weights, randomFeatures(2), options));
  });

  it('lets several captioners speak as one: the mean of their probabilities counts', async () => {
    const captioners = [bigramCaptioner(WORDS), bigramCaptioner(WORDS)];
    const options = decodingOptions.parse({ method: 'greedy', maxLength: 3 });
    const decoder = new Decoder(captioners);
    const features = [tf.zeros<tf.Rank.R3>([1, 1, 1]), tf.zeros<tf.Rank.R3>([1, 2, 3])];
    // A is likelier for the first, B for both together.
    const weights = [bigramWeights(0.6, 0.4), bigramWeights(0.1, 0.9)];
    const [caption] = await decoder.decode(weights, features, options);
    assert.deepEqual(caption.tokens, [B]);
    assert.ok(Math.abs(Math.exp(caption.logProbabilities[0]) - 0.65) < 1e-5);
    decoder.dispose();
  });
});
