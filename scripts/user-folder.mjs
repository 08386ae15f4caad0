import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { PROJECT_ROOT } from './setup/paths.mjs';

/**
 * Where the user stands: npm runs scripts in the project's folder and leaves in INIT_CWD where it was called. INIT_CWD may also come
 * from a script of another project that called this one without npm.
 * @param {NodeJS.ProcessEnv} [env]
 */
export function userFolder(env = process.env) {
  const isOurs = env.npm_package_json && dirname(env.npm_package_json) === PROJECT_ROOT;
  return isOurs && env.INIT_CWD ? env.INIT_CWD : process.cwd();
}

/**
 * The environment of what runs in the project's folder for the user: it tells where the user stands, and a relative
 * DATA_DIR is found from there, or else from the project's folder.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {NodeJS.ProcessEnv}
 */
export function userEnvironment(env = process.env) {
  const folder = userFolder(env);
  const { DATA_DIR: data } = env;
  if (!data || data.startsWith('~/')) return { ...env, USER_FOLDER: folder };
  const places = [folder, PROJECT_ROOT].map((one) => resolve(one, data));
  return { ...env, USER_FOLDER: folder, DATA_DIR: places.find((place) => existsSync(place)) ?? places[0] };
}
