import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { extractCells } from '../../scripts/notebooks/cells.mjs';
import { SetupError } from '../../scripts/setup/errors.mjs';
import { removeOwnFolder } from '../../scripts/setup/own-folder.mjs';
import { projectPaths } from '../../scripts/setup/paths.mjs';
import { addonStep } from '../../scripts/setup/step-addon.mjs';
import { libraryStep } from '../../scripts/setup/step-library.mjs';
import { packagesStep } from '../../scripts/setup/step-packages.mjs';
import { peersStep } from '../../scripts/setup/step-peers.mjs';
import { pythonStep } from '../../scripts/setup/step-python.mjs';
import { clearEnvironment, makeEnvironment } from '../../scripts/setup/virtual-environment.mjs';
import { inFolder, put, putProgram } from './helpers.mjs';

/**
 * Runs a test with a project in a folder, and beside it a folder of somebody else with a file that must stay.
 * @param {(paths: import('../../scripts/setup/paths.mjs').Paths, other: string) => unknown} work
 */
const besideOther = (work) =>
  inFolder(async (dir) => {
    const paths = projectPaths(join(dir, 'project'));
    const other = join(dir, 'other');
    for (const name of [
      'kept.txt',
      'bench/venv/kept.txt',
      'tiny/kept.txt',
      'cells/kept.ts',
      'pyvenv.cfg',
      '.setup/python',
    ])
      put(join(other, name), 'kept');
    put(paths.requirements, 'tensorflow-cpu==2.21.0\n');
    put(paths.peersRequirements, 'torch\n');
    put(join(paths.nodeModules, 'typescript', 'package.json'), '{}');
    for (const name of ['tsconfig.json', 'tsconfig.build.json', 'lib/index.ts'])
      put(join(paths.root, name), '');
    await work(paths, other);
    for (const name of ['kept.txt', 'bench/venv/kept.txt', 'tiny/kept.txt', 'cells/kept.ts', '.setup/python'])
      assert.equal(readFileSync(join(other, name), 'utf8'), 'kept', name);
  });

/**
 * @param {RegExp} sentence
 * @returns {(error: unknown) => boolean}
 */
const refusal = (sentence) => (error) =>
  error instanceof SetupError && sentence.test(error.message) && /^[^\n]+\.$/.test(error.message);

describe('set-up: what is not its own', () => {
  const tools = (/** @type {string} */ root) => ({ logFile: join(root, 'log'), note: () => {} });

  const linked = /** @type {const} */ ([
    ['.venv', pythonStep],
    ['node_modules', packagesStep],
    ['node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8', addonStep],
    ['dist', libraryStep],
    ['data/bench/venv', peersStep],
  ]);
  for (const [name, step] of linked) {
    it(`${name} that is a link: "${step.name}" says so, and empties nothing`, () =>
      besideOther(async ({ root }, other) => {
        const own = projectPaths(name === 'node_modules' ? `${root}-2` : root);
        put(own.requirements, '');
        mkdirSync(join(own.root, name, '..'), { recursive: true });
        symlinkSync(other, join(own.root, name));
        const run = (async () => step.run(own, tools(own.root)))();
        await assert.rejects(
          run,
          refusal(/is a link to .*other, which is not touched: remove the link \(rm /),
        );
      }));
  }

  it('data that is a link: what lies behind it is not emptied', () =>
    besideOther(async (paths, other) => {
      symlinkSync(other, join(paths.root, 'data'));
      const sentence = /^data\/(bench\/venv|tiny) lies outside the project, in .*, and is not touched/;
      assert.throws(() => removeOwnFolder(paths.root, join(paths.root, 'data', 'tiny')), refusal(sentence));
      await assert.rejects(async () => peersStep.run(paths, tools(paths.root)), refusal(sentence));
      put(join(paths.root, 'notebooks', '01-a.ipynb'), '{"cells": []}');
      put(join(other, 'cells', '02-old.ts'), '');
      extractCells(join(paths.root, 'notebooks'), join(paths.root, 'data', 'cells'));
      assert.deepEqual(readdirSync(join(other, 'cells')).sort(), ['01-a.ts', 'kept.ts']);
    }));

  it('.venv that holds something else is not emptied', () =>
    besideOther(({ root, venv }) => {
      put(join(venv, 'notes.txt'), 'mine');
      assert.throws(
        () => clearEnvironment(root, venv),
        refusal(/^\.venv is no virtual environment.*move it/),
      );
      assert.deepEqual(readdirSync(venv), ['notes.txt']);
    }));

  it('links in a folder of the project are removed, not what they point to', () =>
    besideOther(({ root, library, venv }, other) => {
      for (const folder of [library, venv]) {
        put(join(folder, 'pyvenv.cfg'), '');
        symlinkSync(other, join(folder, 'linked'));
      }
      removeOwnFolder(root, library);
      removeOwnFolder(root, join(root, 'none'));
      clearEnvironment(root, venv);
      assert.ok(!readdirSync(root).includes('dist'));
      assert.deepEqual(readdirSync(venv), ['.made-by-set-up']);
    }));

  it('an environment that was left half-made is made again', () =>
    besideOther(async ({ root, venv }) => {
      clearEnvironment(root, venv);
      put(join(venv, 'bin', 'python'), 'half');
      const before = process.env.PYTHON;
      process.env.PYTHON = join(root, 'python');
      putProgram(process.env.PYTHON, `[ "$1" = -c ] && echo '[3, 11, true]' || touch "$3/pyvenv.cfg"`);
      try {
        await makeEnvironment(root, venv, { cwd: root, logFile: join(root, 'log') });
      } finally {
        if (before === undefined) delete process.env.PYTHON;
        else process.env.PYTHON = before;
      }
      assert.deepEqual(readdirSync(venv).sort(), ['.made-by-set-up', 'pyvenv.cfg']);
    }));
});
