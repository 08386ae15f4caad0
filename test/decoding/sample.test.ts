import '../../lib/native/backend';
import assert from 'node:assert/strict';
import { decodingOptions, type DecodingOptions } from '../../lib/decoding/options';
import { END, OOV, PAD, START } from '../../lib/tokenizer';
import { chooseToken } from '../../lib/decoding/sample';
import { nativeTensorCount } from '../../lib/native/backend';
import { Random } from '../../lib/random';
import { assertSameCaptions } from '../helpers/captions';
import { logSoftmax } from '../helpers/exhaustive-search';
import { decodeOnce } from '../helpers/decode';
import { imageNumbers, TableCaptioner, type Table } from '../helpers/table-captioner';

const VOCABULARY = 9;
const randomTable: Table = (image, tokens) => {
  const random = new Random(image, ...tokens);
  return Array.from({ length: VOCABULARY }, () => random.normal());
};

const optionsOf = (options: Partial<DecodingOptions>) =>
  decodingOptions.parse({ method: 'sample', noRepeatNgram: 0, ...options });

function decode(options: Partial<DecodingOptions>, images: number[], first = 0, table = randomTable) {
  return decodeOnce(new TableCaptioner(table), {}, imageNumbers(...images), optionsOf(options), first);
}

const wordsOf = (captions: { tokens: number[] }[]) => captions.map(({ tokens }) => tokens);

/** Log-probabilities of END and of words 4 to 8 with these shares; the rest is nearly impossible. */
function shares(...of: number[]): Float32Array {
  return Float32Array.from([1e-9, 1e-9, 1e-9, ...of], Math.log);
}

/** How often each word was chosen in `draws` draws. */
function frequencies(logProbabilities: Float32Array, options: Partial<DecodingOptions>, draws = 4000) {
  const random = new Random(1, 'draws');
  const counts = new Map<number, number>();
  for (let i = 0; i < draws; i++) {
    const word = chooseToken(logProbabilities, [8], optionsOf(options), random);
    counts.set(word, (counts.get(word) ?? 0) + 1 / draws);
  }
  return counts;
}

function assertFrequencies(actual: Map<number, number>, expected: Record<number, number>): void {
  assert.deepEqual([...actual.keys()].sort(), Object.keys(expected).map(Number).sort());
  for (const [word, share] of Object.entries(expected)) {
    const found = actual.get(Number(word)) ?? 0;
    assert.ok(Math.abs(found - share) < 0.03, `word ${word}: ${found} instead of ${share}`);
  }
}

describe('sampling', () => {
  const some = shares(0.1, 0.5, 0.25, 0.15);

  it('draws words as often as they are likely', () => {
    assertFrequencies(frequencies(some, {}), { 3: 0.1, 4: 0.5, 5: 0.25, 6: 0.15 });
  });

  it('with a temperature draws from p^(1/T)', () => {
    const squares = [0.01, 0.25, 0.0625, 0.0225].map((p) => p / 0.345);
    const expected = { 3: squares[0], 4: squares[1], 5: squares[2], 6: squares[3] };
    assertFrequencies(frequencies(some, { temperature: 0.5 }), expected);
  });

  it('with top-k draws from the k likeliest words alone', () => {
    assertFrequencies(frequencies(some, { topK: 2 }), { 4: 2 / 3, 5: 1 / 3 });
  });

  it('with top-p draws from the fewest words that have so much together', () => {
    assertFrequencies(frequencies(some, { topP: 0.7 }), { 4: 2 / 3, 5: 1 / 3 });
    assertFrequencies(frequencies(some, { topP: 0.8 }), { 4: 5 / 9, 5: 2.5 / 9, 6: 1.5 / 9 });
    assertFrequencies(frequencies(some, { topP: 0.01 }), { 4: 1 });
  });

  it('never chooses padding, unknown or start', () => {
    const likely = Float32Array.from([0.3, 0.3, 0.3, 0.02, 0.08], Math.log);
    assertFrequencies(frequencies(likely, {}), { 3: 0.2, 4: 0.8 });
    const greedy = chooseToken(likely, [7], optionsOf({ method: 'greedy' }), new Random(1));
    assert.equal(greedy, 4);
  });

  it('ends no caption before its first word', () => {
    const ending = shares(0.9, 0.1);
    assert.equal(chooseToken(ending, [], optionsOf({ method: 'greedy' }), new Random(1)), 4);
    assert.equal(chooseToken(ending, [4], optionsOf({ method: 'greedy' }), new Random(1)), END);
  });

  it('never repeats an n-gram', () => {
    const random = new Random(1);
    const bigrams = optionsOf({ noRepeatNgram: 2 });
    for (let i = 0; i < 200; i++) assert.notEqual(chooseToken(some, [4, 5, 4], bigrams, random), 5);
    const unigrams = optionsOf({ noRepeatNgram: 1, method: 'greedy' });
    assert.equal(chooseToken(some, [4, 5, 6], unigrams, random), END);
  });

  it('gives the same captions for the same seed, and others for another', async () => {
    const images = [1, 2, 3, 4, 5, 6, 7, 8];
    const captions = await decode({ seed: 5 }, images);
    assert.deepEqual(await decode({ seed: 5 }, images), captions);
    assert.notDeepEqual(wordsOf(await decode({ seed: 6 }, images)), wordsOf(captions));
  });

  it('draws for each image on its own, whatever the batch', async () => {
    const whole = await decode({ maxLength: 6 }, [1, 2, 3, 4, 5]);
    const parts = [
      ...(await decode({ maxLength: 6 }, [1, 2])),
      ...(await decode({ maxLength: 6 }, [3, 4, 5], 2)),
    ];
    assertSameCaptions(parts, whole);
    const [a, b] = await decode({ maxLength: 20 }, [1, 1]);
    assert.notDeepEqual(a.tokens, b.tokens); // the same image twice: two draws
  });

  it('tends to the greedy caption as the temperature falls', async () => {
    const images = [1, 2, 3, 4, 5, 6];
    const cold = await decode({ temperature: 1e-4, maxLength: 8 }, images);
    assert.deepEqual(wordsOf(cold), wordsOf(await decode({ method: 'greedy', maxLength: 8 }, images)));
  });

  it("records the captioner's own log-probabilities, and where it looked", async () => {
    const [caption] = await decode({ temperature: 2, topK: 3, maxLength: 10, lengthPenalty: 0.7 }, [7]);
    const all = [...caption.tokens, END];
    caption.logProbabilities.forEach((p, i) => {
      const expected = logSoftmax(randomTable(7, [START, ...caption.tokens.slice(0, i)]))[all[i]];
      assert.ok(Math.abs(p - expected) < 1e-5);
      assert.deepEqual([...caption.attention[i]], [7, 7]);
    });
    const sum = caption.logProbabilities.reduce((a, b) => a + b, 0);
    assert.ok(Math.abs(caption.score - sum / caption.logProbabilities.length ** 0.7) < 1e-6);
  });

  it('writes no more than maxLength words', async () => {
    const endless: Table = (image, tokens) => {
      const logits = randomTable(image, tokens);
      logits[END] = -1e4;
      return logits;
    };
    for (const method of ['sample', 'greedy'] as const) {
      const [caption] = await decode({ method, maxLength: 4 }, [1], 0, endless);
      assert.deepEqual([caption.tokens.length, caption.logProbabilities.length], [4, 4]);
      assert.ok(caption.tokens.every((word) => ![PAD, OOV, START, END].includes(word)));
    }
  });

  it('leaves no tensors behind', async () => {
    const features = imageNumbers(1, 2);
    const run = () => decodeOnce(new TableCaptioner(randomTable), {}, features, optionsOf({ maxLength: 5 }));
    await run();
    const before = nativeTensorCount();
    await run();
    await run();
    assert.equal(nativeTensorCount(), before);
  });
});
