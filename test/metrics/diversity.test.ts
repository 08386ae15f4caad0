import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PUBLISHED_SCORES } from '../../lib/metrics/published';
import { measureDiversity } from '../../lib/metrics/diversity';
import { measureSetDiversity, type SetDiversity } from '../../lib/metrics/set-diversity';

describe('metrics: diversity and published scores', () => {
  it('counts words, repeated captions and captions copied from training', () => {
    const diversity = measureDiversity(
      { a: 'A dog runs.', b: 'a dog runs', c: 'two cats', d: 'a red ball' },
      ['Two cats!', 'a ball'],
    );
    assert.deepEqual(diversity, {
      captions: 4,
      vocabularySize: 7,
      meanLength: 11 / 4,
      distinctCaptions: 3,
      novelty: 3 / 4,
      duplicateRate: 2 / 4,
      repeated: [{ caption: 'a dog runs', images: 2 }],
    });
  });

  it('counts all captions of an image, and an image that repeats itself as one', () => {
    const diversity = measureDiversity({ a: ['a dog', 'A dog.'], b: ['two cats', 'a dog'], c: 'a ball' }, []);
    assert.deepEqual(diversity, {
      captions: 5,
      vocabularySize: 5,
      meanLength: 2,
      distinctCaptions: 3,
      novelty: 1,
      duplicateRate: 3 / 5,
      repeated: [{ caption: 'a dog', images: 2 }],
    });
  });

  it("measures the captions of each image as the paper and coco-caption's BLEU do", () => {
    const read = (file: string): unknown =>
      JSON.parse(readFileSync(join(__dirname, '../fixtures/caption-scores', file), 'utf8'));
    const expected = read('diversity.json') as Record<keyof SetDiversity, number>;
    const sets = read('sets.json') as Record<string, string[]>;
    const found = measureSetDiversity({ ...sets, alone: ['an image with one caption'] });
    assert.ok(found);
    assert.deepEqual([found.images, found.captionsPerImage], [4, 14 / 4]);
    for (const name of ['distinct', 'div1', 'div2', 'mBleu4'] as const)
      assert.ok(Math.abs(found[name] - expected[name]) < 1e-9, `${name}: ${found[name]}, ${expected[name]}`);
  });

  it('gives the extremes: the same caption again, and captions without a common word', () => {
    const same = measureSetDiversity({ a: ['a dog runs over grass', 'a dog runs over grass'] });
    assert.deepEqual([same?.distinct, same?.div1, same?.div2], [1 / 2, 5 / 10, 4 / 10]);
    assert.ok(Math.abs(same!.mBleu4 - 1) < 1e-6);
    const other = measureSetDiversity({ a: ['one two three four', 'five six seven eight'] });
    assert.deepEqual([other?.distinct, other?.div1, other?.div2], [1, 1, 6 / 8]);
    assert.ok(other!.mBleu4 < 1e-6);
    const silent = measureSetDiversity({ a: ['', ''] });
    assert.deepEqual([silent?.div1, silent?.div2], [0, 0]);
    assert.equal(measureSetDiversity({ a: ['a dog'], b: ['a cat'] }), undefined);
  });

  it('does without captions', () => {
    // prettier-ignore
    assert.deepEqual(measureDiversity({}, []), {
      captions: 0, vocabularySize: 0, meanLength: 0, distinctCaptions: 0, novelty: 0, duplicateRate: 0, repeated: [],
    });
  });

  it('names published scores as fractions, each with its source', () => {
    for (const { source, scores } of PUBLISHED_SCORES) {
      assert.ok(source.length > 0);
      Object.entries(scores).forEach(([name, score]) => assert.ok(score > 0.1 && score < 1.5, name));
    }
    assert.deepEqual(
      new Set(PUBLISHED_SCORES.map(({ dataset }) => dataset)),
      new Set(['flickr8k', 'flickr30k', 'coco']),
    );
  });
});
