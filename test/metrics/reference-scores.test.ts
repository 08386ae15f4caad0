import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scoreCaptions } from '../../lib/metrics/score';
import type { Captions, MetricResult, References, Scores } from '../../lib/metrics/types';

const FOLDER = join(__dirname, '..', 'fixtures', 'caption-scores');
const TOLERANCE = 1e-9;

function read<T>(file: string): T {
  return JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as T;
}

describe("metrics: scores of coco-caption's own scorers (test/fixtures/caption-scores)", function () {
  this.timeout(60_000);
  const { references, candidates } = read<{ references: References; candidates: Record<string, Captions> }>(
    'captions.json',
  );
  const expected = read<Record<string, { corpus: Scores; perImage: Record<string, Scores> }>>('scores.json');

  function compare(actual: Scores, scores: Scores, where: string, notes: string[]): void {
    for (const [metric, score] of Object.entries(scores)) {
      if (notes.some((note) => note.startsWith(metric))) continue;
      const difference = Math.abs(actual[metric] - score);
      assert.ok(difference <= TOLERANCE, `${where}, ${metric}: ${actual[metric]}, expected ${score}`);
    }
  }

  for (const [name, { corpus, perImage }] of Object.entries(expected)) {
    it(name, async () => {
      const { notes, ...scores } = await scoreCaptions(references, candidates[name]);
      compare(scores.corpus, corpus, 'the whole set', notes);
      for (const image of Object.keys(references))
        compare(scores.perImage[image], perImage[image], `image ${image}`, notes);
    });
  }

  it('CIDEr with the document frequencies of other captions', async () => {
    const documents = read<References>('documents.json');
    const cider = read<Record<string, MetricResult>>('document-frequency-scores.json');
    assert.deepEqual(Object.keys(cider), Object.keys(candidates));
    for (const [name, { corpus, perImage }] of Object.entries(cider)) {
      const scores = await scoreCaptions(references, candidates[name], { documents });
      compare(scores.corpus, { CIDEr: corpus }, name, []);
      for (const [image, one] of Object.entries(perImage))
        compare(scores.perImage[image], { CIDEr: one }, `${name}, image ${image}`, []);
    }
  });
});
