import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { notebookSettings } from '../../scripts/notebooks/settings.mjs';
import { PROJECT_ROOT } from '../../scripts/setup/paths.mjs';

const PYTHON = join(PROJECT_ROOT, '.venv', 'bin', 'python');

/**
 * @param {string} source of a cell
 * @param {Record<string, unknown>} settings
 */
function withSettings(source, settings) {
  const code =
    'import json, sys; sys.path.insert(0, "scripts/notebooks"); import execute; ' +
    'print(execute.with_settings(*json.loads(sys.argv[1])), end="")';
  const args = ['-c', code, JSON.stringify([source, settings])];
  return execFileSync(PYTHON, args, { cwd: PROJECT_ROOT, encoding: 'utf8' });
}

describe('settings of notebooks', () => {
  it('replace the constants of their names and nothing else', () => {
    const source = [
      'const epochs = 6; // passes over the captions',
      "const name: string = 'a;b';",
      'const units = [96];',
      'const config = configure({ epochs });',
      '  const epochs = 1;',
    ].join('\n');
    const changed = [
      'const epochs = 2; // passes over the captions',
      'const name: string = "c";',
      'const units = [8, 4];',
      'const config = configure({ epochs });',
      '  const epochs = 1;',
    ].join('\n');
    assert.equal(withSettings(source, { epochs: 2, name: 'c', units: [8, 4], other: 1 }), changed);
    assert.equal(withSettings(source, {}), source);
  });

  it('come from the environment: the preset or the data set that it names', () => {
    assert.deepEqual(notebookSettings({}), {});
    const { NOTEBOOK_SETTINGS } = notebookSettings({
      ...process.env,
      PRESET: 'tiny',
      DATASET: '',
      DATA_DIR: '',
    });
    const { epochs, captioner, minutesEach } = JSON.parse(NOTEBOOK_SETTINGS ?? '{}');
    assert.deepEqual([epochs, captioner, minutesEach], [2, 'cross-attention', 0.02]);
    assert.throws(() => notebookSettings({ ...process.env, DATASET: 'mine' }), /data\.dataset/);
  });
}).timeout(60_000);
