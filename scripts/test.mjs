import { join } from 'node:path';
import { runMocha } from './checks/mocha.mjs';
import { staticChecks } from './checks/static.mjs';
import { executeNotebook, notebookNames } from './notebooks/execute.mjs';
import { notebookSettings } from './notebooks/settings.mjs';
import { SetupError, runMain } from './setup/errors.mjs';
import { removeOwnFolder } from './setup/own-folder.mjs';
import { projectPaths, PROJECT_ROOT } from './setup/paths.mjs';
import { Report, duration } from './setup/report.mjs';
import { setUp } from './setup/steps.mjs';
import { userEnvironment } from './user-folder.mjs';

/* npm test: sets everything up and runs all checks; npm test -- types lint mocha notebooks: only those. */

const paths = projectPaths(PROJECT_ROOT);
const report = new Report(process.stdout);
const count = { passed: 0, failed: 0, skipped: 0 };

await runMain(async () => {
  const begin = Date.now();
  const wanted = process.argv.slice(2);
  /** @param {string} name */
  const isWanted = (name) => wanted.length === 0 || wanted.some((word) => name.startsWith(word));
  const checks = staticChecks.filter(({ name }) => isWanted(name));
  if (!checks.length && !isWanted('mocha') && !isWanted('notebooks')) {
    const names = [...staticChecks.map(({ name }) => name), 'mocha', 'notebooks'];
    throw new SetupError(`There is no check "${wanted.join(' ')}": the checks are ${names.join(', ')}.`);
  }
  try {
    await setUp(paths, report);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    report.line(`\n${error.message}`);
    count.failed += 1;
    return conclude(begin);
  }
  for (const check of checks) await runStatic(check);
  if (isWanted('mocha')) await runTests();
  if (isWanted('notebooks')) await runNotebooks();
  return conclude(begin);
});

/** @param {import('./checks/static.mjs').Check} check */
async function runStatic({ name, run }) {
  const task = report.start(name);
  const { ok, output } = await run(paths);
  if (ok) task.done();
  else task.fail();
  if (!ok) report.line(output.trimEnd());
  tally(ok);
}

async function runTests() {
  report.line('tests of test/');
  const { passed, failed, skipped } = await runMocha(paths);
  count.passed += passed;
  count.failed += failed;
  count.skipped += skipped;
}

/** Every notebook, on a tiny configuration, in a folder of its own. */
async function runNotebooks() {
  const folder = join('data', 'tiny');
  removeOwnFolder(PROJECT_ROOT, join(PROJECT_ROOT, folder));
  const tiny = { PRESET: 'tiny', RUN_DIR: join(folder, 'run') };
  const env = { ...tiny, ...notebookSettings({ ...userEnvironment(), ...tiny }) };
  for (const name of notebookNames) {
    const source = join(paths.notebooks, `${name}.ipynb`);
    const target = join(PROJECT_ROOT, folder, 'notebooks', `${name}.ipynb`);
    const { ok, error } = await executeNotebook(source, target, paths, report, env);
    if (!ok) report.line(`\n${error}`);
    tally(ok);
  }
}

/** @param {boolean} ok */
function tally(ok) {
  if (ok) count.passed += 1;
  else count.failed += 1;
}

/** @param {number} begin */
function conclude(begin) {
  const skipped = count.skipped ? `, ${count.skipped} tests skipped themselves` : '';
  report.line(`\nAll checks took ${duration(Date.now() - begin)}${skipped}`);
  report.line(`${count.passed} passed, ${count.failed} failed`);
  return count.failed === 0 ? 0 : 1;
}
