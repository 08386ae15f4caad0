import { join } from 'node:path';
import { readIfThere, writeAtomically } from './stamp.mjs';

/** @typedef {import('./steps.mjs').Step} Step */

/**
 * The TypeScript kernel, registered inside .venv alone.
 * @type {Step}
 */
export const kernelStep = {
  name: 'TypeScript kernel for Jupyter',
  log: 'setup-kernel.log',
  gigabytes: 0,
  isReady: (paths) => readIfThere(paths.kernelSpec) === specOf(paths.root),
  run(paths) {
    writeAtomically(paths.kernelSpec, specOf(paths.root));
    return Promise.resolve();
  },
};

/** @param {string} root */
function specOf(root) {
  const spec = {
    argv: [process.execPath, join(root, 'scripts', 'kernel.mjs'), '{connection_file}'],
    display_name: 'TypeScript',
    language: 'typescript',
  };
  return `${JSON.stringify(spec, null, 2)}\n`;
}
