import { join } from 'node:path';
import { runLogged } from './command.mjs';
import { npmCall } from './npm.mjs';
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
    const args = ['--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
    const [npm, all] = npmCall(paths, ['ci', ...args, '--loglevel=warn']);
    await runLogged(npm, all, { cwd: paths.root, logFile, onLine: note });
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
