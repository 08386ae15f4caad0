import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { outputOf, runLogged } from './command.mjs';
import { sitePackages } from './paths.mjs';
import { requirementsFor, tensorflowKind } from './requirements.mjs';
import { isStamped, readIfThere, removeStamp, stamp, writeAtomically } from './stamp.mjs';
import { makeEnvironment } from './virtual-environment.mjs';

/** @typedef {import('./steps.mjs').Step} Step */
/** @typedef {import('./paths.mjs').Paths} Paths */

/** The arguments of Python that install the packages named after them. */
export const pipInstall = [
  ...['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--progress-bar', 'off'],
];

/**
 * The virtual environment .venv with the packages of requirements.txt.
 * @type {Step}
 */
export const pythonStep = {
  name: 'Python packages (TensorFlow, JupyterLab)',
  log: 'setup-python.log',
  get gigabytes() {
    return tensorflowKind() === 'gpu' ? 12 : 3.5;
  },
  isReady: (paths) => isThere(paths.python) && isStamped(paths.stamps, 'python', inputsOf(paths)),
  async run(paths, { logFile, note }) {
    const kind = tensorflowKind();
    const env = pipEnvironment(process.env);
    const options = { cwd: paths.root, logFile, env, onLine: note };
    if (isUsable(paths, kind)) {
      removeStamp(paths.stamps, 'python');
    } else {
      note('creating .venv');
      await makeEnvironment(paths.root, paths.venv, options);
    }
    removeHalfInstalled(sitePackages(paths));
    const list = join(paths.stamps, 'requirements.txt');
    writeAtomically(list, requirementsFor(paths.requirements, kind));
    await runLogged(paths.python, [...pipInstall, '-r', list], options);
    stamp(paths.stamps, 'python', inputsOf(paths));
  },
};

/**
 * Whether there is a program, or one of another user's, whom the project belongs to, that only this user may not run: TensorFlow's
 * libraries serve both.
 * @param {string} program
 */
function isThere(program) {
  try {
    statSync(program);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EACCES';
  }
}

/** @param {Paths} paths */
function inputsOf(paths) {
  return { requirements: requirementsFor(paths.requirements, tensorflowKind()), venv: paths.venv };
}

/**
 * Whether an existing virtual environment can be kept: it runs, was created in this folder, and does not
 * contain the other kind of TensorFlow (the two wheels have files in common).
 * @param {Paths} paths
 * @param {'cpu' | 'gpu'} kind
 */
export function isUsable(paths, kind) {
  const createdHere = readIfThere(join(paths.venv, 'bin', 'pip'))?.includes(join(paths.venv, 'bin'));
  if (!createdHere || outputOf(paths.python, ['-m', 'pip', '--version']) === undefined) return false;
  const packages = sitePackages(paths);
  const other = kind === 'cpu' ? /^tensorflow-\d.*dist-info$/ : /^tensorflow_cpu-\d.*dist-info$/;
  return packages !== undefined && !readdirSync(packages).some((name) => other.test(name));
}

/**
 * Removes packages whose installation was interrupted, so that pip installs them again:
 * pip writes INSTALLER after all files of a package.
 * @param {string | undefined} packages
 */
export function removeHalfInstalled(packages) {
  if (!packages || !existsSync(packages)) return;
  for (const name of readdirSync(packages)) {
    const broken = name.endsWith('.dist-info') && !existsSync(join(packages, name, 'INSTALLER'));
    if (broken || name.startsWith('~')) rmSync(join(packages, name), { recursive: true });
  }
}

/**
 * The environment for pip, without the variables that would lead it outside .venv.
 * @param {NodeJS.ProcessEnv} env
 */
export function pipEnvironment(env) {
  const { PYTHONHOME: _home, PYTHONPATH: _path, ...rest } = env;
  return { ...rest, PIP_USER: '0', PYTHONNOUSERSITE: '1' };
}
