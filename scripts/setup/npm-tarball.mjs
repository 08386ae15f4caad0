import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runLogged } from './command.mjs';
import { SetupError } from './errors.mjs';
import { npmCall } from './npm.mjs';
import { removeOwnFolder } from './own-folder.mjs';

/** @typedef {import('./paths.mjs').Paths} Paths */

/**
 * A package of npm, by its exact version and the integrity that the registry states (`npm view NAME@VERSION dist.integrity`).
 * @typedef {{ name: string, version: string, integrity: string }} Package
 */

/**
 * Fetches a package without installing it, or what it depends on, and without running any of its scripts; from the registry
 * that npm is configured with. Its tarball is there while `use` works.
 * @param {Package} wanted
 * @param {Paths} paths
 * @param {Parameters<typeof runLogged>[2]} options
 * @param {(tarball: string) => Promise<void>} use
 * @throws {SetupError} where the tarball is another one
 */
export async function withTarball({ name, version, integrity }, paths, options, use) {
  // Not the system's temporary folder: a set-up that is killed leaves it, the next one removes it.
  const folder = join(paths.cache, 'npm-tarball');
  removeOwnFolder(paths.root, folder);
  mkdirSync(folder, { recursive: true });
  try {
    const args = ['pack', `${name}@${version}`, '--ignore-scripts', '--loglevel=warn'];
    await runLogged(...npmCall(paths, [...args, '--pack-destination', folder]), options);
    const [file] = readdirSync(folder);
    const tarball = join(folder, file ?? '');
    if (!file || integrityOf(tarball) !== integrity) {
      throw new SetupError(
        `The npm package ${name}@${version} did not come as it was published: check the registry that npm is configured with, and run the command again.`,
      );
    }
    await use(tarball);
  } finally {
    removeOwnFolder(paths.root, folder);
  }
}

/** @param {string} file */
function integrityOf(file) {
  return `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;
}
