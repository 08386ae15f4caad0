import { lstatSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { SetupError } from './errors.mjs';

/*
 * Folders that the scripts empty or fill. One that is a link, or that lies behind one, may be somebody else's: it stays as it is.
 */

/**
 * Refuses a folder that must be neither emptied nor filled: a link, or what lies outside the project because a folder above it is one.
 * @param {string} root the project's folder
 * @param {string} folder may be missing
 * @throws {SetupError}
 */
export function assertOwnFolder(root, folder) {
  const name = relative(root, folder);
  const entry = lstatSync(folder, { throwIfNoEntry: false });
  if (!entry) return;
  if (entry.isSymbolicLink()) {
    throw new SetupError(
      `${name} is a link to ${readlinkSync(folder)}, which is not touched: remove the link (rm ${folder}) and run the command again.`,
    );
  }
  const real = realpathSync(folder);
  if (!real.startsWith(realpathSync(root) + sep)) {
    throw new SetupError(
      `${name} lies outside the project, in ${real}, and is not touched: delete that folder where nobody needs it, and run the command again.`,
    );
  }
}

/**
 * Removes a folder of the project with all that is in it. Links in it are removed, not what they point to.
 * @param {string} root the project's folder
 * @param {string} folder may be missing
 * @throws {SetupError} where it is not the project's own
 */
export function removeOwnFolder(root, folder) {
  assertOwnFolder(root, folder);
  rmSync(folder, { recursive: true, force: true });
}
