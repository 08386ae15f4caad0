import assert from 'node:assert/strict';
import { configure } from '../../lib/config/configuration';
import { reportTruth } from '../../lib/notebook/truth-report';

describe('how true captions are, in notebook 03', () => {
  const { data } = configure({ data: { dataset: 'coco', dataDir: 'coco' } });

  it('is CHAIR where objects of photographs are known', async () => {
    const { shares, markdown } = await reportTruth(data, {}, { CIDEr: 1, CHAIRs: 0.25, CHAIRi: 0.125 });
    assert.match(markdown, /^\| lower is better \| % \|$/m);
    assert.match(markdown, /\(CHAIRs\) \| 25\.0 \|\n.*\(CHAIRi\) \| 12\.5 \|$/);
    assert.deepEqual(shares, {});
  });

  it('is nothing where they are not', async () => {
    assert.match((await reportTruth(data, {}, { CIDEr: 1 })).markdown, /coco is not known: nothing to check/);
  });
});
