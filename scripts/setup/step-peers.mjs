import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runLogged } from './command.mjs';
import { isStamped, readIfThere, stamp } from './stamp.mjs';
import { pipEnvironment, pipInstall } from './step-python.mjs';
import { makeEnvironment } from './virtual-environment.mjs';

/** @typedef {import('./steps.mjs').Step} Step */
/** @typedef {import('./paths.mjs').Paths} Paths */

/**
 * The libraries that the benchmarks compare with, in an environment of their own: bench/requirements-peers.txt.
 * @type {Step}
 */
export const peersStep = {
  name: 'peers of the benchmarks (PyTorch, onnxruntime)',
  log: 'setup-peers.log',
  gigabytes: 8, // PyTorch with the libraries of a GPU, which some registries' wheels bring
  isReady: (paths) => existsSync(pythonOf(paths)) && isStamped(paths.peers, '.setup', inputsOf(paths)),
  async run(paths, { logFile, note }) {
    const options = { cwd: paths.root, logFile, env: pipEnvironment(process.env), onLine: note };
    await makeEnvironment(paths.root, paths.peers, options);
    await runLogged(pythonOf(paths), [...pipInstall, '-r', paths.peersRequirements], options);
    stamp(paths.peers, '.setup', inputsOf(paths));
  },
};

/** @param {Paths} paths */
const pythonOf = (paths) => join(paths.peers, 'bin', 'python');

/** @param {Paths} paths */
function inputsOf(paths) {
  return { requirements: readIfThere(paths.peersRequirements), venv: paths.peers };
}
