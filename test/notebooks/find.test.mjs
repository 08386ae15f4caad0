import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { variableNotes } from '../../scripts/environment.mjs';
import { findNotebook } from '../../scripts/notebooks/find.mjs';
import { PROJECT_ROOT } from '../../scripts/setup/paths.mjs';

describe('npm run lab -- NOTEBOOK', () => {
  it('takes the number, the name or a part of it', () => {
    for (const word of [
      '4',
      '04',
      'inference',
      '04-inference',
      '04-inference.ipynb',
      'notebooks/04-inference.ipynb',
    ])
      assert.equal(findNotebook(word), '04-inference', word);
  });

  it('names the notebooks where it is none or several', () => {
    for (const word of ['9', '0', 'x', '', '-'])
      assert.throws(() => findNotebook(word), /choose of 01-preprocess, 02-train, .*05-compare\.$/, word);
  });

  it('has a help of its own, and says what is wrong before anything is set up', () => {
    const lab = (/** @type {string} */ word) =>
      spawnSync(process.execPath, ['scripts/lab.mjs', word], { cwd: PROJECT_ROOT, encoding: 'utf8' });
    assert.match(lab('--help').stdout, /^usage: npm run lab -- \[NOTEBOOK\]/);
    const { status, stderr, stdout } = lab('9');
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, /^\nThere is no notebook "9": choose of [^\n]*\.\n$/);
  });
}).timeout(30_000);

describe('environment variables', () => {
  it('that are nearly one of the project are told', () => {
    const notes = variableNotes({
      DATASETS: 'coco',
      data_dir: 'x',
      PRESET: 'tiny',
      DATASET: 'a',
      PATH: '/bin',
      DATA: '',
    });
    assert.deepEqual(notes, [
      'The environment variable DATASETS has no effect: did you mean DATASET?',
      'The environment variable data_dir has no effect: did you mean DATA_DIR?',
    ]);
  });
});
