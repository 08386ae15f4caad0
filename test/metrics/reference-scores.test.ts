import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadMeteor, METEOR_MISSING, type Meteor } from '../../lib/metrics/meteor/meteor';
import { scoreCaptions } from '../../lib/metrics/score';
import type { Captions, References } from '../../lib/metrics/types';

const FOLDER = join(__dirname, '..', 'fixtures', 'caption-scores');
const TOLERANCE = 1e-9;

type Scores = Record<string, number>;

function read<T>(file: string): T {
  return JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as T;
}

describe("metrics: scores of coco-caption's own scorers (test/fixtures/caption-scores)", function () {
  this.timeout(60_000);
  const { references, candidates } = read<{ references: References; candidates: Record<string, Captions> }>(
    'captions.json',
  );
  const expected = read<Record<string, { corpus: Scores; perImage: Record<string, Scores> }>>('scores.json');
  let meteor: Meteor | undefined;

  before(async () => {
    meteor = await loadMeteor();
    if (meteor === undefined) console.log(`      ${METEOR_MISSING}`);
  });

  function compare(actual: Partial<Scores>, scores: Scores, where: string): void {
    for (const [metric, score] of Object.entries(scores)) {
      if (metric === 'METEOR' && meteor === undefined) continue;
      const difference = Math.abs((actual[metric] ?? NaN) - score);
      assert.ok(difference <= TOLERANCE, `${where}, ${metric}: ${actual[metric]}, expected ${score}`);
    }
  }

  for (const [name, { corpus, perImage }] of Object.entries(expected)) {
    it(name, () => {
      const scores = scoreCaptions(references, candidates[name], { meteor });
      compare({ ...scores.corpus }, corpus, 'the whole set');
      for (const image of Object.keys(references))
        compare({ ...scores.perImage[image] }, perImage[image], `image ${image}`);
    });
  }
});
