import { accessSync, constants, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { outputOf } from './command.mjs';

/** @typedef {import('./paths.mjs').Paths} Paths */

/**
 * A call of npm with the user's settings: the npm that started this script, run by the same Node; else the one on the path.
 * Its cache is in the project where the user's own cannot be written to.
 * @param {Paths} paths
 * @param {string[]} args
 * @returns {[program: string, args: string[]]}
 */
export function npmCall(paths, args) {
  const [npm, ...first] = npmCommand(process.env);
  const cache = outputOf(npm, [...first, 'config', 'get', 'cache'])?.trim();
  const own = canWrite(cache) ? [] : ['--cache', join(paths.cache, 'npm')];
  return [npm, [...first, ...args, ...own]];
}

/**
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
