import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { runLogged } from './command.mjs';
import { SetupError } from './errors.mjs';
import { findPython } from './find-python.mjs';
import { assertOwnFolder } from './own-folder.mjs';

/** A file in what set-up makes, from before it is a virtual environment: one that was left half-made is known by it. */
const MARK = '.made-by-set-up';

/**
 * Makes a virtual environment of Python; one that stands there is removed. (`python -m venv --clear` does that too, but
 * follows a link, and empties any folder.)
 * @param {string} root the project's folder
 * @param {string} folder
 * @param {Parameters<typeof runLogged>[2]} options
 */
export async function makeEnvironment(root, folder, options) {
  clearEnvironment(root, folder);
  await runLogged(findPython(), ['-m', 'venv', folder], options);
}

/**
 * Leaves a folder with nothing but the mark.
 * @param {string} root the project's folder
 * @param {string} folder
 * @throws {SetupError} where it is not the project's own, or holds something else than a virtual environment
 */
export function clearEnvironment(root, folder) {
  assertOwnFolder(root, folder);
  mkdirSync(folder, { recursive: true });
  const names = readdirSync(folder).sort(); // stamps, which begin with a dot, go first
  if (names.length > 0 && !names.includes('pyvenv.cfg') && !names.includes(MARK)) {
    throw new SetupError(
      `${relative(root, folder)} is no virtual environment of Python and is not touched: move it away and run the command again.`,
    );
  }
  writeFileSync(join(folder, MARK), '');
  for (const name of names.filter((one) => one !== MARK))
    rmSync(join(folder, name), { recursive: true, force: true });
}
