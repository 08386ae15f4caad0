import assert from 'node:assert/strict';
import { PUBLISHED_SCORES } from '../../lib/metrics/published';
import { measureDiversity } from '../../lib/metrics/diversity';

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
