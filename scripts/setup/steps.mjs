import { join, relative } from 'node:path';
import { CommandFailed, stopRunning } from './command.mjs';
import { SetupError } from './errors.mjs';
import { explainFailure } from './explain.mjs';
import { findPython } from './find-python.mjs';
import { withLock } from './lock.mjs';
import { checkDisk, checkNode, checkPlatform, findCompiler } from './requirements.mjs';
import { addonStep } from './step-addon.mjs';
import { kernelStep } from './step-kernel.mjs';
import { packagesStep } from './step-packages.mjs';
import { pythonStep } from './step-python.mjs';
import { weightsStep } from './step-weights.mjs';

/** @typedef {import('./paths.mjs').Paths} Paths */
/** @typedef {import('./report.mjs').Report} Report */

/**
 * One step of the set-up. `isReady` is fast, since every command calls it. `gigabytes`: the disk space that it needs.
 * @typedef {object} Step
 * @property {string} name
 * @property {string} log name of its log file
 * @property {number} gigabytes
 * @property {(paths: Paths) => boolean} isReady
 * @property {(paths: Paths, tools: { logFile: string, note: (text: string) => void }) => Promise<void>} run
 */

/** In the order in which they are needed: the addon needs the packages of npm and of Python. */
const steps = [packagesStep, pythonStep, addonStep, weightsStep, kernelStep];

/**
 * Whether everything is set up and up to date.
 * @param {Paths} paths
 * @param {Step[]} [all]
 */
export function isSetUp(paths, all = steps) {
  return all.every((step) => step.isReady(paths));
}

/**
 * Sets up what is missing or has changed since; prints nothing where there is nothing to do.
 * @param {Paths} paths
 * @param {Report} report
 * @param {Step[]} [more] what one command needs besides
 */
export async function setUp(paths, report, more = []) {
  checkNode(process.versions.node);
  const all = [...steps, ...more];
  if (isSetUp(paths, all)) return;
  checkPlatform(process.platform, process.arch);
  const stopListening = exitOnSignals(report);
  await withLock(
    paths.lock,
    () => runSteps(paths, report, all),
    () => report.line('Another set-up of this project is at work: waiting for it.'),
  );
  stopListening();
}

/**
 * @param {Paths} paths
 * @param {Report} report
 * @param {Step[]} all
 */
async function runSteps(paths, report, all) {
  const missing = all.filter((step) => !step.isReady(paths));
  if (missing.includes(pythonStep)) findPython();
  if (missing.includes(packagesStep) || missing.includes(pythonStep) || missing.includes(addonStep))
    findCompiler();
  checkDisk(
    paths.root,
    missing.reduce((sum, step) => sum + step.gigabytes, 0),
  );
  report.line(`Setting up in ${paths.root}`);
  // Not only what was missing: a step may undo another (npm removes the addon with its package).
  for (const step of all) if (!step.isReady(paths)) await runStep(step, paths, report);
}

/**
 * @param {Step} step
 * @param {Paths} paths
 * @param {Report} report
 */
async function runStep(step, paths, report) {
  const logFile = join(paths.logs, step.log);
  const task = report.start(step.name);
  try {
    await step.run(paths, { logFile, note: (text) => task.note(text) });
    task.done();
  } catch (error) {
    task.fail();
    if (error instanceof CommandFailed)
      throw new SetupError(explainFailure(step.name, error.log, relative(paths.root, logFile)));

    const code = /** @type {NodeJS.ErrnoException} */ (error).code;
    if (code && /** @type {Error} */ (error).message)
      throw new SetupError(explainFailure(step.name, /** @type {Error} */ (error).message));

    throw error;
  }
}

/**
 * Ends the process and its programs at Ctrl-C: the next set-up continues from there.
 * @param {Report} report
 * @returns {() => void} stops listening
 */
function exitOnSignals(report) {
  const signals = /** @type {const} */ ({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 });
  let ending = false;
  /** @param {NodeJS.Signals} signal */
  const end = (signal) => {
    if (ending) return; // one Ctrl-C comes from the terminal and from npm
    ending = true;
    report.line('\nStopping …');
    void stopRunning().then(() => {
      report.line('Stopped. The next command continues the set-up from here.');
      process.exit(signals[/** @type {keyof typeof signals} */ (signal)]);
    });
  };
  const names = /** @type {(keyof typeof signals)[]} */ (Object.keys(signals));
  for (const name of names) process.on(name, end);
  return () => names.forEach((name) => process.off(name, end));
}
