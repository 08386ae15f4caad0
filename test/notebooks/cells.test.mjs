import assert from 'node:assert/strict';
import { moduleOf, withOrigins } from '../../scripts/notebooks/cells.mjs';
import { summaryLines } from '../../scripts/notebooks/summary.mjs';

const NOTEBOOK = JSON.stringify({
  cells: [
    { cell_type: 'markdown', source: ['# Title'] },
    { cell_type: 'code', source: ["import { a } from './lib/a';\n", 'a();'] },
    { cell_type: 'code', source: 'const n: number = 1;\nawait n;' },
  ],
});

describe('notebooks', () => {
  it('become modules of their code cells', () => {
    const { code, origin } = moduleOf('notebooks/x.ipynb', NOTEBOOK);
    assert.equal(code, "import { a } from './lib/a';\na();\nconst n: number = 1;\nawait n;\nexport {};\n");
    assert.equal(origin[0], 'notebooks/x.ipynb cell 1 line 1');
    assert.equal(origin[3], 'notebooks/x.ipynb cell 2 line 2');
  });

  it('are named in the messages of the compiler', () => {
    const { origin } = moduleOf('notebooks/x.ipynb', NOTEBOOK);
    const message = 'data/cells/x.ts(3,7): error TS2322: no.\nlib/a.ts(1,1): error TS1: no.\n';
    assert.equal(
      withOrigins(message, new Map([['x.ts', origin]])),
      'notebooks/x.ipynb cell 2 line 1: error TS2322: no.\nlib/a.ts(1,1): error TS1: no.\n',
    );
  });

  it('leave a summary: captions, scores in hundredths, the model', () => {
    const lines = summaryLines({
      model: 'data/run/model',
      captions: [{ image: 'a.png', caption: 'a red ball' }],
      scores: { 'BLEU-4': 0.321, CIDEr: 1.2 },
    });
    assert.deepEqual(
      lines.filter((line) => line),
      [
        'Generated captions',
        '  a.png',
        '      a red ball',
        'Scores on the validation images (x 100)',
        '  BLEU-4    32.1',
        '  CIDEr    120.0',
        'The model is in data/run/model',
      ],
    );
    assert.deepEqual(summaryLines({}), []);
  });
});
