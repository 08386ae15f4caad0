import assert from 'node:assert/strict';
import {
  captionLines,
  mentionLines,
  scoreLines,
  scoreTable,
  diversityReport,
} from '../../lib/commands/support/evaluation-report';
import { countMentions } from '../../lib/metrics/mentions';
import { scoreCaptions } from '../../lib/metrics/score';
import type { Scores } from '../../lib/metrics/types';

const references = { a: ['a dog runs'], b: ['two cats sleep on a mat'], c: ['a red boat'] };
const captions = { a: 'a dog runs', b: 'a dog runs', c: 'a blue boat' };

describe('report of an evaluation', () => {
  let corpus: Scores;
  let perImage: Record<string, Scores>;
  before(async () => {
    ({ corpus, perImage } = await scoreCaptions(references, captions));
  });

  it('puts published figures beside those of a known data set alone', () => {
    assert.match(scoreLines(corpus, 'flickr8k').join('\n'), /Show, Attend and Tell.*BLEU-4 21\.3/);
    assert.doesNotMatch(scoreLines(corpus).join('\n'), /Published/);
    assert.match(scoreLines({ ...corpus, 'BLEU-1': 0.5 }).join('\n'), /^BLEU-1 +50\.0$/m);
  });

  it('says whom captions name, beside people, and where that is wrong', () => {
    const people = { a: ['a man runs', 'a boy runs'], b: ['a girl', 'a child'] };
    const lines = mentionLines(countMentions(people, { a: 'a man runs', b: 'a man and a dog' }), 2);
    assert.deepEqual(lines.slice(1), [
      '  men: 2 (1); 1 of 1 where people named women alone',
      '  women: 0 (1); 0 of 1 where people named men alone',
      '  dogs: 1 (0); 1 of 2 where nobody named one',
    ]);
  });

  it('lines figures up after the longest name', () => {
    const lines = scoreTable({ CIDEr: 1, 'a long name': 0.5 });
    assert.deepEqual(lines, ['CIDEr       100.0', 'a long name  50.0']);
  });

  it('reports repetition, and novelty only where the training captions are known', () => {
    const diversity = diversityReport(captions, ['A dog runs.']);
    assert.equal(diversity.novelty, 1 / 3);
    assert.equal(diversity.duplicateRate, 2 / 3);
    assert.equal(diversityReport(captions).novelty, undefined);
    const lines = captionLines(diversityReport(captions), captions, references, perImage);
    assert.ok(!lines.some((line) => line.includes('training')));
  });

  it('lists the best caption first and the worst last', () => {
    const lines = captionLines(diversityReport(captions), captions, references, perImage);
    const best = lines[lines.indexOf('Best by CIDEr:') + 1];
    assert.match(best, /a: a dog runs {2}\(reference: a dog runs\)/);
    assert.match(lines[lines.length - 1], /b: a dog runs/);
  });
});
