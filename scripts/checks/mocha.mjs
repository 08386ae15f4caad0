import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { runForUser } from '../child.mjs';
import { readIfThere } from '../setup/stamp.mjs';

// Not in .mocharc.json: mocha would add them to the files named on its command line.
const specs = ['test/**/*.test.ts', 'test/**/*.test.mjs'];

/**
 * Runs the tests of test/ and shows their report.
 * @param {import('../setup/paths.mjs').Paths} paths
 * @returns {Promise<{ passed: number, failed: number, skipped: number }>}
 */
export async function runMocha(paths) {
  const counts = join(paths.root, 'data', '.mocha-counts.json');
  rmSync(counts, { force: true });
  const mocha = join(paths.nodeModules, 'mocha/bin/mocha.js');
  const reporter = join(paths.root, 'scripts', 'checks', 'reporter.cjs');
  const status = await runForUser(process.execPath, [mocha, '--reporter', reporter, ...specs], {
    env: { ...process.env, MOCHA_COUNTS: counts, TF_CPP_MIN_LOG_LEVEL: '2' },
  });
  const text = readIfThere(counts);
  rmSync(counts, { force: true });
  if (!text) return { passed: 0, failed: 1, skipped: 0 }; // it broke down before its end
  const { passes, failures, pending } = JSON.parse(text);
  // A failure after the last test, such as an exception nobody caught, shows in the status alone.
  return { passed: passes, failed: failures || (status === 0 ? 0 : 1), skipped: pending };
}
