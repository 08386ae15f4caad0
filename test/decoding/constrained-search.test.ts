import '../../lib/native/backend';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { automatonOf } from '../../lib/decoding/automaton';
import { beamSearch } from '../../lib/decoding/beam-search';
import { candidateCount, likeliest, tokenChoice } from '../../lib/decoding/candidates';
import { contains, type Constraints } from '../../lib/decoding/constraints';
import { decodingOptions, type DecodingOptions } from '../../lib/decoding/options';
import { CompiledStep, Stepper } from '../../lib/decoding/stepper';
import { nativeTensorCount } from '../../lib/native/backend';
import { Random } from '../../lib/random';
import { END, START } from '../../lib/tokenizer';
import { decodeSeveralOnce, type PartialRequest } from '../helpers/decode';
import { everyCaption, logSoftmax } from '../helpers/exhaustive-search';
import { imageNumbers, TableCaptioner, type Table } from '../helpers/table-captioner';
import { assertUserError } from '../helpers/user-error';

const [A, B, C, D] = [4, 5, 6, 7];

const randomTable =
  (vocabSize: number): Table =>
  (image, tokens) => {
    const random = Random.stream(image, ...tokens);
    return Array.from({ length: vocabSize }, () => 2 * random.normal());
  };
const eightTokens = randomTable(8);

function decode(
  options: Partial<DecodingOptions>,
  request: PartialRequest,
  images = [1, 2],
  table = eightTokens,
) {
  const all = decodingOptions.parse({ noRepeatNgram: 0, ...options });
  return decodeSeveralOnce(new TableCaptioner(table), imageNumbers(...images), all, request);
}

const meets = (tokens: readonly number[], { include = [], exclude = [] }: Partial<Constraints>) =>
  include.every((phrases) => phrases.some((phrase) => contains(tokens, phrase))) &&
  !exclude.some((phrase) => contains(tokens, phrase));

describe('constrained beam search', () => {
  const cases: Record<string, Partial<Constraints>> = {
    'one word': { include: [[[A]]] },
    'a word in one of two forms': { include: [[[A], [B]]] },
    'two words': { include: [[[A]], [[C]]] },
    'two words, one of two forms': { include: [[[A], [D]], [[B]]] },
    'a phrase': { include: [[[A, B]]] },
    'a phrase that begins like itself': { include: [[[A, A, B]]] },
    'a phrase and its second word': { include: [[[A, B]], [[B]]] },
    'a phrase or a word': { include: [[[A, B], [C]]] },
    'without a word': { exclude: [[A]] },
    'without two words': { exclude: [[A], [D]] },
    'without a phrase': { exclude: [[A, B]] },
    'with and without': { include: [[[A, B]]], exclude: [[C], [B, D]] },
  };
  for (const [what, constraints] of Object.entries(cases)) {
    it(`of a wide beam finds the best of all captions: ${what}`, async () => {
      const options = { beamWidth: 100, maxLength: 5, lengthPenalty: 1 };
      const found = await decode(options, { captions: 3, constraints });
      found.forEach((captions, i) => {
        const all = everyCaption(eightTokens, i + 1, 5, 1).filter(({ tokens }) => meets(tokens, constraints));
        const best = all.slice(0, 3);
        assert.deepEqual(
          captions.map(({ tokens }) => tokens),
          best.map(({ tokens }) => tokens),
        );
        captions.forEach(({ score }, rank) => assert.ok(Math.abs(score - best[rank].score) < 1e-5));
      });
    });
  }

  it('finds a word that is never among the likeliest', async () => {
    const unlikely: Table = (image, tokens) => {
      const logits = randomTable(300)(image, tokens);
      logits[A] = -30;
      logits[END] += 5;
      return logits;
    };
    const constraints = { include: [[[A]]] };
    for (const [caption] of await decode({ beamWidth: 2 }, { constraints }, [1, 2, 3], unlikely)) {
      assert.ok(caption.tokens.includes(A));
      caption.logProbabilities.forEach((p, i) => {
        const token = [...caption.tokens, END][i];
        const image = caption.attention[0][0];
        const logits = unlikely(image, [START, ...caption.tokens.slice(0, i)]);
        assert.ok(Math.abs(p - logSoftmax(logits)[token]) < 1e-4);
      });
    }
  });

  it('does not cut a caption short to have a word in it: there is none then', async () => {
    const endless: Table = (image, tokens) =>
      eightTokens(image, tokens).map((x, token) => (token === END ? -1e4 : x));
    const constraints = { include: [[[A]]] };
    assert.deepEqual(await decode({ maxLength: 6 }, { constraints }, [1], endless), [[]]);
    assert.deepEqual(await decode({ maxLength: 2 }, { constraints: { include: [[[A, B, C]]] } }, [1]), [[]]);
  });

  for (const method of ['sample', 'greedy'] as const) {
    it(`words are excluded from other methods too (${method})`, async () => {
      const constraints = { exclude: [[A], [B, C], [C, B]] };
      const images = Array.from({ length: 20 }, (_, i) => i);
      for (const [{ tokens }] of await decode({ method, maxLength: 8 }, { constraints }, images))
        assert.ok(meets(tokens, constraints), tokens.join(' '));
    });

    it(`words are included by beam search alone (${method})`, () =>
      assertUserError(
        () => decode({ method }, { constraints: { include: [[[A]]] } }),
        new RegExp(`only beam search finds captions with given words.*"${method}"`),
      ));
  }

  it('refuses more words than it has states for', () =>
    assertUserError(
      () =>
        decode(
          {},
          { constraints: { include: [4, 5, 6, 7, 8, 9].map((word) => [[word]]) } },
          [1],
          randomTable(12),
        ),
      /6 entries at once are too many.*leave some out/,
    ));

  it('keeps its promises whatever is asked for', async () => {
    const word = fc.integer({ min: 4, max: 29 });
    const phrase = fc.array(word, { minLength: 1, maxLength: 2 });
    const requests = fc.record({
      image: fc.integer({ min: 0, max: 1000 }),
      beamWidth: fc.constantFrom(2, 4, 6),
      diverseGroups: fc.constantFrom(1, 2),
      noRepeatNgram: fc.integer({ min: 0, max: 3 }),
      maxLength: fc.integer({ min: 1, max: 9 }),
      captions: fc.integer({ min: 1, max: 2 }),
      include: fc.array(fc.array(phrase, { minLength: 1, maxLength: 2 }), { maxLength: 2 }),
      exclude: fc.array(phrase, { maxLength: 3 }),
    });
    const table = randomTable(30);
    await fc.assert(
      fc.asyncProperty(requests, async ({ image, captions, include, exclude, ...options }) => {
        const different = [...new Map(exclude.map((one) => [one.join(), one])).values()].filter(
          (one) => !include.flat().some((other) => contains(other, one)),
        );
        const constraints = { include, exclude: different };
        const [found] = await decode(options, { captions, constraints }, [image], table);
        assert.ok(found.length <= captions && (include.length > 0 || found.length > 0));
        assert.equal(new Set(found.map(({ tokens }) => tokens.join())).size, found.length);
        for (const { tokens, logProbabilities } of found) {
          const ended = logProbabilities.length > tokens.length;
          assert.ok(meets(tokens, constraints), `${tokens.join(' ')} for ${JSON.stringify(constraints)}`);
          assert.ok(ended ? tokens.length < options.maxLength : include.length === 0);
          [...tokens, END].slice(0, logProbabilities.length).forEach((token, i) => {
            const own = logSoftmax(table(image, [START, ...tokens.slice(0, i)]))[token];
            assert.ok(Math.abs(own - logProbabilities[i]) < 1e-4); // the captioner's own, masks and penalties aside
          });
        }
      }),
      { seed: 7, numRuns: 60 },
    );
  });

  const demanding = { include: [[[A]], [[B, C]]], exclude: [[D], [9, 10], [11, 12]] };
  const nothing = { include: [], exclude: [] };
  for (const [what, constraints, changes] of [
    ['that may repeat nothing', demanding, { noRepeatNgram: 1 }],
    [
      'whose groups avoid each other',
      nothing,
      { diverseGroups: 4, diversityStrength: 100, noRepeatNgram: 0 },
    ],
    ['with both', demanding, { noRepeatNgram: 1, diverseGroups: 2, diversityStrength: 100 }],
  ] as const) {
    it(`reads enough candidates for captions ${what}: the whole vocabulary gives the same`, async () => {
      // The likeliest words are those that came before, which may not be repeated.
      const repeating: Table = (image, tokens) => {
        const logits = randomTable(60)(image, tokens.slice(-1));
        tokens.forEach((token, i) => (logits[token] = 9 + i / 10));
        logits[END] = tokens.length > 18 ? 15 : -1;
        return logits;
      };
      const automaton = automatonOf(constraints.include);
      const options = decodingOptions.parse({ beamWidth: 4, maxLength: 24, ...changes });
      const search = async (count: number) => {
        const beams = automaton.states * options.beamWidth;
        const runner = new CompiledStep([new TableCaptioner(repeating)], beams, likeliest(count));
        const choice = tokenChoice(constraints, automaton);
        const stepper = new Stepper(runner, [{}], [imageNumbers(1, 2, 3)], choice);
        const captions = await beamSearch(stepper, options, { captions: 4, constraints }, automaton);
        stepper.dispose();
        runner.dispose();
        return captions;
      };
      const captions = await search(candidateCount(options, constraints, automaton.states));
      assert.ok(captions.flat().length > 0);
      assert.deepEqual(captions, await search(60));
    });
  }

  it('leaves no tensors behind', async () => {
    const features = imageNumbers(1, 2);
    const options = decodingOptions.parse({ beamWidth: 3, maxLength: 6 });
    const request = { captions: 2, constraints: { include: [[[A]]], exclude: [[B]] } };
    const run = () => decodeSeveralOnce(new TableCaptioner(eightTokens), features, options, request);
    await run();
    const before = nativeTensorCount();
    await run();
    await run();
    assert.equal(nativeTensorCount(), before);
    tf.dispose(features);
  });
});
