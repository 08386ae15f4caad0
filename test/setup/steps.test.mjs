import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { CommandFailed, runLogged } from '../../scripts/setup/command.mjs';
import { explainFailure } from '../../scripts/setup/explain.mjs';
import { withLock } from '../../scripts/setup/lock.mjs';
import { projectPaths } from '../../scripts/setup/paths.mjs';
import { isStamped, removeStamp, stamp } from '../../scripts/setup/stamp.mjs';
import { fits } from '../../scripts/setup/step-packages.mjs';
import { isUsable, removeHalfInstalled } from '../../scripts/setup/step-python.mjs';
import { addonStep } from '../../scripts/setup/step-addon.mjs';
import { isSetUp } from '../../scripts/setup/steps.mjs';
import { inFolder, put, putProgram } from './helpers.mjs';

describe('set-up: what was done', () => {
  it('is remembered for the same inputs only', () =>
    inFolder((dir) => {
      assert.equal(isStamped(dir, 'python', { version: 1 }), false);
      stamp(dir, 'python', { version: 1 });
      assert.equal(isStamped(dir, 'python', { version: 1 }), true);
      assert.equal(isStamped(dir, 'python', { version: 2 }), false);
      assert.deepEqual(readdirSync(dir), ['python']); // nothing temporary is left
      removeStamp(dir, 'python');
      assert.equal(isStamped(dir, 'python', { version: 1 }), false);
    }));

  it('is read from what npm wrote: every package of the lock file but those of other platforms', () => {
    const package1 = { version: '1.0.0', integrity: 'a' };
    /** @param {object} packages */
    const lock = (packages) => JSON.stringify({ packages: { '': { name: 'project' }, ...packages } });
    const wanted = lock({
      'node_modules/a': package1,
      'node_modules/other': { ...package1, optional: true },
    });
    assert.equal(fits(wanted, lock({ 'node_modules/a': package1 })), true);
    assert.equal(fits(wanted, lock({ 'node_modules/a': { ...package1, version: '1.0.1' } })), false);
    assert.equal(fits(wanted, lock({ 'node_modules/a': { ...package1, integrity: 'b' } })), false);
    assert.equal(fits(wanted, lock({})), false);
    assert.equal(fits(wanted, undefined), false);
  });

  it('is kept of a virtual environment that was made here for the same TensorFlow', () =>
    inFolder((dir) => {
      const paths = projectPaths(dir);
      assert.equal(isUsable(paths, 'cpu'), false);
      const packages = join(paths.venv, 'lib', 'python3.11', 'site-packages');
      mkdirSync(packages, { recursive: true });
      putProgram(paths.python, 'exit 0');
      put(join(paths.venv, 'bin', 'pip'), '#!/elsewhere/.venv/bin/python\n');
      assert.equal(isUsable(paths, 'cpu'), false, 'it was moved');
      put(join(paths.venv, 'bin', 'pip'), `#!${paths.python}\n`);
      assert.equal(isUsable(paths, 'cpu'), true);
      mkdirSync(join(packages, 'tensorflow_cpu-2.21.0.dist-info'));
      assert.equal(isUsable(paths, 'cpu'), true);
      assert.equal(isUsable(paths, 'gpu'), false, 'it holds the other wheel');
      putProgram(paths.python, 'exit 1');
      assert.equal(isUsable(paths, 'cpu'), false, 'it does not run');
    }));

  it('is asked for without .venv too', () =>
    inFolder((dir) => {
      const paths = projectPaths(dir);
      assert.equal(isSetUp(paths), false);
      put(paths.requirements, 'tensorflow-cpu==2.21.0\n');
      put(join(paths.addonPackage, 'package.json'), '{}');
      put(join(paths.headers, 'package.json'), '{}');
      put(paths.addon, '');
      assert.equal(addonStep.isReady(paths), false);
    }));

  it('forgets packages whose installation was interrupted', () =>
    inFolder((dir) => {
      put(join(dir, 'whole-1.0.dist-info', 'INSTALLER'), 'pip');
      put(join(dir, 'half-1.0.dist-info', 'METADATA'), 'Name: half');
      removeHalfInstalled(dir);
      assert.deepEqual(readdirSync(dir), ['whole-1.0.dist-info']);
    }));
});

describe('set-up: programs that it runs', () => {
  it('leave their output in a log file and their last line on the screen', () =>
    inFolder(async (dir) => {
      const logFile = join(dir, 'logs', 'a.log');
      /** @type {string[]} */
      const lines = [];
      const args = ['-c', 'echo one; echo two >&2'];
      await runLogged('sh', args, { cwd: dir, logFile, onLine: (line) => lines.push(line) });
      assert.match(readFileSync(logFile, 'utf8'), /one\n/);
      assert.match(readFileSync(logFile, 'utf8'), /two\n/);
      assert.ok(lines.includes('two'));
    }));

  it('fail with what they printed', () =>
    inFolder(async (dir) => {
      const run = runLogged('sh', ['-c', 'echo broken; exit 3'], { cwd: dir, logFile: join(dir, 'a.log') });
      await assert.rejects(run, (error) => error instanceof CommandFailed && /broken/.test(error.log));
    }));

  it('fail also where they are not there', () =>
    inFolder(async (dir) => {
      await assert.rejects(
        runLogged('no-such-program', [], { cwd: dir, logFile: join(dir, 'a.log') }),
        CommandFailed,
      );
    }));

  const sentences = /** @type {[string, RegExp][]} */ ([
    ["OSError: [Errno 28] No space left on device: '/x'", /^The disk is full: free about/],
    ['npm error code ENOSPC', /^The disk is full/],
    [
      'npm error code EAI_AGAIN\nnpm error request to registry failed',
      /registry could not be reached: check the network/,
    ],
    [
      "NewConnectionError('Failed to establish a new connection: [Errno -3]')\nERROR: No matching distribution found for x",
      /registry could not be reached/,
    ],
    ['ERROR: No matching distribution found for tensorflow-cpu==2.21.0', /use Python 3\.10 to 3\.13/],
    [
      'npm error code E404\nnpm error 404 Not Found',
      /did not hand out a package: look at registry and login/,
    ],
    ['npm error code EROFS', /make the project folder yours and writable/],
    ['SSLError: CERTIFICATE_VERIFY_FAILED', /certificate is not trusted/],
    ['something else', /^Setting up the npm packages failed: see data\/logs\/setup-npm\.log/],
  ]);
  for (const [log, sentence] of sentences) {
    it(`are explained in one sentence: ${log.slice(0, 40).replace(/\n/g, ' ')}`, () => {
      const text = explainFailure('npm packages', log, 'data/logs/setup-npm.log');
      assert.match(text, sentence);
      assert.match(text, /setup-npm\.log/);
      assert.equal(text.includes('\n'), false);
    });
  }
});

describe('set-up: lock', () => {
  it('lets one in at a time', () =>
    inFolder(async (dir) => {
      const lock = join(dir, 'lock');
      /** @type {string[]} */
      const order = [];
      /** @param {string} name */
      const work = (name) => async () => {
        order.push(`${name} begins`);
        await wait(50);
        order.push(`${name} ends`);
      };
      let waited = 0;
      await Promise.all(['a', 'b'].map((name) => withLock(lock, work(name), () => (waited += 1))));
      assert.deepEqual(order, ['a begins', 'a ends', 'b begins', 'b ends']);
      assert.equal(waited, 1);
      assert.equal(existsSync(lock), false);
    }));

  it('is given up when its work fails', () =>
    inFolder(async (dir) => {
      const lock = join(dir, 'lock');
      await assert.rejects(withLock(lock, () => Promise.reject(new Error('failed'))));
      assert.equal(await withLock(lock, () => Promise.resolve('in')), 'in');
    }));

  it('of a process that is gone, or has not touched it for long, is taken over', () =>
    inFolder(async (dir) => {
      const lock = join(dir, 'lock');
      writeFileSync(lock, '999999999');
      assert.equal(await withLock(lock, () => Promise.resolve('in')), 'in');
      writeFileSync(lock, String(process.pid));
      utimesSync(lock, new Date(0), new Date(0));
      assert.equal(await withLock(lock, () => Promise.resolve('in')), 'in');
    }));
});
