import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCaptionSet } from '../../lib/data/caption-sets/read-caption-set';
import { scoreCaptions } from '../../lib/metrics/score';
import type { Captions, References, Scores } from '../../lib/metrics/types';

const FOLDER = join(__dirname, '../../../shared/known-answers');
const TOLERANCE = 2e-4;
const METEOR_TOLERANCE = 2e-3;

const FLICKR30K_NAMES: [ours: string, theirs: string][] = [
  ['BLEU-1', 'Bleu_1'],
  ['BLEU-2', 'Bleu_2'],
  ['BLEU-3', 'Bleu_3'],
  ['BLEU-4', 'Bleu_4'],
  ['METEOR', 'METEOR'],
  ['ROUGE-L', 'ROUGE_L'],
  ['CIDEr', 'CIDEr'],
];

// Published scores of the small sets; see the README of the known answers.
// prettier-ignore
const SMALL: [set: string, captions: string, expected: Scores][] = [
  ['clipscore', 'good_captions', {
    'BLEU-1': 0.6667, 'BLEU-2': 0.4899, 'BLEU-3': 0.3469, 'BLEU-4': 0, METEOR: 0.3444, 'ROUGE-L': 0.428, CIDEr: 0.5637,
  }],
  ['clipscore', 'bad_captions', {
    'BLEU-1': 0.4815, 'BLEU-2': 0.2404, 'BLEU-3': 0.1359, 'BLEU-4': 0, METEOR: 0.1861, 'ROUGE-L': 0.3121, CIDEr: 0.279,
  }],
  ['pacscore', 'good_captions', {
    'BLEU-1': 0.64, 'BLEU-4': 0.3503, METEOR: 0.3057, 'ROUGE-L': 0.5012, CIDEr: 1.4918,
  }],
  ['pacscore', 'bad_captions', {
    'BLEU-1': 0.45, 'BLEU-4': 0, METEOR: 0.0995, 'ROUGE-L': 0.3268, CIDEr: 0.4259,
  }],
];

describe('metrics: published scores of coco-caption', function () {
  this.timeout(300_000);
  before(function () {
    if (!existsSync(FOLDER)) {
      console.log(`      skipped: ${FOLDER} is not there`);
      this.skip();
    }
  });

  async function check(references: References, candidates: Captions, expected: Scores): Promise<void> {
    const { corpus, notes } = await scoreCaptions(references, candidates);
    for (const [name, figure] of Object.entries(expected)) {
      if (notes.some((note) => note.startsWith(name))) continue;
      const tolerance = name === 'METEOR' ? METEOR_TOLERANCE : TOLERANCE;
      assert.ok(
        Math.abs(corpus[name] - figure) <= tolerance,
        `${name}: ${corpus[name]}, published ${figure}`,
      );
    }
  }

  for (const [set, captions, expected] of SMALL) {
    it(`${set}, ${captions}`, async () => {
      const path = (name: string) => join(FOLDER, 'small', set, `${name}.json`);
      const references = Object.fromEntries(readCaptionSet(path('refs'), 'references').captions);
      const candidates = [...readCaptionSet(path(captions), 'candidates').captions];
      const firsts = candidates.map(([image, [first]]) => [image, first] as const);
      await check(references, Object.fromEntries(firsts), expected);
    });
  }

  it('thirteen outputs for a thousand images of Flickr30k', async () => {
    const file = readFileSync(join(FOLDER, 'flickr30k-captions-and-scores.json'), 'utf8');
    const known = JSON.parse(file) as {
      references: string[][];
      candidates: Record<string, string[]>;
      expected: Record<string, Record<string, number>>;
    };
    assert.equal(Object.keys(known.candidates).length, 13);
    const references = byIndex(known.references);
    for (const [name, captions] of Object.entries(known.candidates)) {
      const scores = FLICKR30K_NAMES.map(([ours, theirs]) => [ours, known.expected[name][theirs]]);
      await check(references, byIndex(captions), Object.fromEntries(scores) as Scores);
    }
  });
});

function byIndex<T>(items: T[]): Record<string, T> {
  return Object.fromEntries(items.map((item, i) => [`image ${i}`, item]));
}
