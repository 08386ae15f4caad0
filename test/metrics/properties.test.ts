import fc from 'fast-check';
import assert from 'node:assert/strict';
import { bleu } from '../../lib/metrics/bleu';
import { Cider } from '../../lib/metrics/cider';
import { Meteor } from '../../lib/metrics/meteor/meteor';
import { tokenize } from '../../lib/metrics/ptb-tokenizer';
import { rougeL } from '../../lib/metrics/rouge-l';
import type { Captions, MetricResult, References } from '../../lib/metrics/types';

const meteor = new Meteor({
  functionWords: 'a\n',
  synsets: 'b\n1\nc\n1\n',
  exceptions: '',
  paraphrases: Buffer.from('0.1\na b\nc d\n0.1\nc d\na b\n0.1\nd\na\n'),
});

const METRICS: [name: string, score: (references: References, candidates: Captions) => MetricResult][] = [
  ...[0, 1, 2, 3].map(
    (i) => [`BLEU-${i + 1}`, (r: References, c: Captions) => bleu(r, c)[i]] as [string, typeof rougeL],
  ),
  ['ROUGE-L', rougeL],
  ['CIDEr-D', (references, candidates) => new Cider(references).score(candidates)],
  ['METEOR', (references, candidates) => meteor.score(references, candidates)],
];

// Few words, so that captions share them.
const sentence = fc
  .array(fc.constantFrom('a', 'b', 'c', 'd', 'bs'), { minLength: 4, maxLength: 12 })
  .map((words) => words.join(' '));
const anything = fc.string({ unit: 'grapheme', maxLength: 40 });
const set = (caption: fc.Arbitrary<string>) =>
  fc.dictionary(
    fc.string({ minLength: 1, maxLength: 5 }),
    fc.record({ candidate: caption, references: fc.array(caption, { minLength: 1, maxLength: 5 }) }),
    { minKeys: 1, maxKeys: 5 },
  );

type CaptionSet = Record<string, { candidate: string; references: string[] }>;
const referencesOf = (captions: CaptionSet): References =>
  Object.fromEntries(Object.entries(captions).map(([id, { references }]) => [id, references]));
const candidatesOf = (captions: CaptionSet): Captions =>
  Object.fromEntries(Object.entries(captions).map(([id, { candidate }]) => [id, candidate]));

describe('metrics: properties', () => {
  for (const [name, score] of METRICS) {
    it(`${name} does not depend on the order of references`, () => {
      fc.assert(
        fc.property(set(sentence), (captions) => {
          const references = referencesOf(captions);
          const turned = Object.fromEntries(
            Object.entries(references).map(([id, all]) => [id, [...all].reverse()]),
          );
          const candidates = candidatesOf(captions);
          assert.ok(Math.abs(score(references, candidates).corpus - score(turned, candidates).corpus) < 1e-9);
        }),
        { numRuns: 50 },
      );
    });

    it(`${name} is highest for a caption that is its only reference`, () => {
      fc.assert(
        fc.property(set(sentence), (captions) => {
          const references = Object.fromEntries(
            Object.entries(captions).map(
              ([
                id,
                {
                  references: [first],
                },
              ]) => [id, [first]],
            ),
          );
          const own = Object.fromEntries(Object.entries(references).map(([id, [first]]) => [id, first]));
          const best = score(references, own);
          const other = score(references, candidatesOf(captions));
          assert.ok(best.corpus >= other.corpus - 1e-9);
          if (name !== 'CIDEr-D') assert.ok(Math.abs(best.corpus - 1) < 1e-6, `${best.corpus}`);
        }),
        { numRuns: 50 },
      );
    });

    it(`${name} is a number from 0 to ${name === 'CIDEr-D' ? 10 : 1} for any text, and near 0 for no words`, () => {
      fc.assert(
        fc.property(set(anything), (captions) => {
          const references = referencesOf(captions);
          const { corpus, perImage } = score(references, candidatesOf(captions));
          assert.deepEqual(Object.keys(perImage), Object.keys(captions));
          for (const figure of [corpus, ...Object.values(perImage)])
            assert.ok(figure >= 0 && figure <= (name === 'CIDEr-D' ? 10 : 1) + 1e-9, `${figure}`);

          const silent = Object.fromEntries(Object.keys(references).map((id) => [id, '']));
          // A reference without words is all that such a caption should be, for coco-caption's ROUGE-L.
          const words = Object.values(references).flat().map(tokenize);
          if (words.every((tokens) => tokens.length > 0)) assert.ok(score(references, silent).corpus < 1e-5);
        }),
        { numRuns: 50 },
      );
    });
  }

  it('the tokenizer gives tokens without spaces and capitals', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const tokens = tokenize(text);
        assert.ok(tokens.every((token) => token !== '' && !token.includes(' ')));
        assert.deepEqual(
          tokens,
          tokens.map((token) => token.toLowerCase()),
        );
      }),
      { numRuns: 300 },
    );
  });
});
