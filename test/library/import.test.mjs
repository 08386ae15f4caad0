import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withLock } from '../../scripts/setup/lock.mjs';
import { projectPaths, PROJECT_ROOT } from '../../scripts/setup/paths.mjs';
import { libraryStep } from '../../scripts/setup/step-library.mjs';
import { inFolder, put } from '../setup/helpers.mjs';

const run = promisify(execFile);
const paths = projectPaths(PROJECT_ROOT);
const PHOTO = join(PROJECT_ROOT, 'data', 'photos', 'cat.jpg');

/**
 * Runs a test in another project that has this one among its packages, as `npm install` of a folder links it.
 * @param {(dir: string) => Promise<void>} work
 */
function inProject(work) {
  return inFolder(async (dir) => {
    put(join(dir, 'package.json'), '{ "name": "another", "private": true }');
    mkdirSync(join(dir, 'node_modules'));
    symlinkSync(PROJECT_ROOT, join(dir, 'node_modules', 'tslab-captioner'), 'dir');
    await work(dir);
  });
}

/**
 * @param {string} dir
 * @param {string[]} args of Node
 */
async function node(dir, args) {
  const { TF_CPP_MIN_LOG_LEVEL: _level, NODE_OPTIONS: _options, ...env } = process.env;
  const { stdout } = await run(process.execPath, args, { cwd: dir, env });
  return stdout.trim();
}

describe('the library', function () {
  this.timeout(120_000);

  before(() =>
    withLock(paths.lock, async () => {
      if (libraryStep.isReady(paths)) return;
      const logFile = join(paths.logs, libraryStep.log);
      await libraryStep.run(paths, { logFile, note: () => undefined });
    }),
  );

  it('captions an image for an ES module in another folder, with the model that the project ships', () =>
    inProject(async (dir) => {
      put(
        join(dir, 'script.mjs'),
        `import { generateCaption } from 'tslab-captioner';
         const { caption, words, grid } = await generateCaption(process.argv[2], { method: 'greedy' });
         console.log(JSON.stringify({ caption, words: words.length, grid }));`,
      );
      /** @type {{ caption: string, words: number, grid: number[] }} */
      const { caption, words, grid } = JSON.parse(await node(dir, ['script.mjs', PHOTO]));
      assert.match(caption, /^[a-z ]+$/);
      assert.equal(words, caption.split(' ').length);
      assert.deepEqual(grid, [7, 7]);
    }));

  it('is there for CommonJS', () =>
    inProject(async (dir) => {
      put(join(dir, 'script.cjs'), "console.log(typeof require('tslab-captioner').generateCaption);");
      assert.equal(await node(dir, ['script.cjs']), 'function');
    }));

  it('has types for strict TypeScript', () =>
    inProject(async (dir) => {
      put(
        join(dir, 'script.mts'),
        `import { generateCaption, type CaptionResult } from 'tslab-captioner';
         export const captions: Promise<CaptionResult[]> = generateCaption(['a.jpg'], { beamWidth: 3 });
         // @ts-expect-error: a width is a number
         void generateCaption('a.jpg', { beamWidth: '3' });`,
      );
      const compiler = join(paths.nodeModules, 'typescript', 'bin', 'tsc');
      const options = [
        '--noEmit',
        '--strict',
        '--module',
        'nodenext',
        '--target',
        'es2022',
        '--skipLibCheck',
      ];
      const types = ['--typeRoots', join(paths.nodeModules, '@types'), '--types', 'node'];
      assert.equal(await node(dir, [compiler, ...options, ...types, 'script.mts']), '');
    }));
});
