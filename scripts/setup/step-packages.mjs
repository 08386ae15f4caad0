import { accessSync, constants, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { outputOf, runLogged } from './command.mjs';
import { assertOwnFolder } from './own-folder.mjs';
import { readIfThere } from './stamp.mjs';

/** @typedef {import('./steps.mjs').Step} Step */

/**
 * The npm packages of package-lock.json, without their install scripts.
 * @type {Step}
 */
export const packagesStep = {
  name: 'npm packages',
  log: 'setup-npm.log',
  gigabytes: 1.5,
  isReady: (paths) =>
    fits(readIfThere(paths.lockFile), readIfThere(join(paths.nodeModules, '.package-lock.json'))),
  async run(paths, { logFile, note }) {
    assertOwnFolder(paths.root, paths.nodeModules); // npm empties it, through a link too
    const [npm, ...first] = npmCommand(process.env);
    const args = [
      'ci',
      '--ignore-scripts',
      '--include=dev',
      '--include=optional',
      '--no-audit',
      '--no-fund',
      '--loglevel=warn',
    ];
    if (!canWrite(outputOf(npm, [...first, 'config', 'get', 'cache'])?.trim()))
      args.push('--cache', join(paths.cache, 'npm'));

    await runLogged(npm, [...first, ...args], { cwd: paths.root, logFile, onLine: note });
  },
};

/**
 * Whether node_modules agrees with the lock file. npm lists what it installed, last of all, in
 * node_modules/.package-lock.json.
 * @param {string | undefined} lockFile text of package-lock.json
 * @param {string | undefined} installed text of node_modules/.package-lock.json
 */
export function fits(lockFile, installed) {
  if (!lockFile || !installed) return false;
  /** @type {Record<string, { version?: string, integrity?: string, optional?: boolean }>} */
  const wanted = JSON.parse(lockFile).packages;
  /** @type {typeof wanted} */
  const present = JSON.parse(installed).packages;
  return Object.entries(wanted).every(([name, entry]) => {
    if (name === '') return true;
    if (!present[name]) return entry.optional === true; // for another platform
    return present[name].version === entry.version && present[name].integrity === entry.integrity;
  });
}

/**
 * The npm that started this script, run by the same Node; else the one on the path.
 * @param {NodeJS.ProcessEnv} env
 */
function npmCommand(env) {
  const cli = env.npm_execpath;
  return cli?.endsWith('npm-cli.js') ? [process.execPath, cli] : ['npm'];
}

/**
 * @param {string | undefined} dir a folder that may not exist yet
 * @returns {boolean}
 */
function canWrite(dir) {
  if (!dir) return true;
  try {
    mkdirSync(dir, { recursive: true });
    accessSync(dir, constants.W_OK);
    accessSync(dirname(dir), constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
