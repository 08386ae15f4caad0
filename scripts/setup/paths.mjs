import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Where the files of the project are.
 * @typedef {ReturnType<typeof projectPaths>} Paths
 */

/** The project's folder. */
export const PROJECT_ROOT = join(fileURLToPath(import.meta.url), '..', '..', '..');

/** @param {string} root the project's folder */
export function projectPaths(root) {
  const venv = join(root, '.venv');
  const addonPackage = join(root, 'node_modules', '@tensorflow', 'tfjs-node-gpu');
  return {
    root,
    sources: join(root, 'lib'),
    library: join(root, 'dist'),
    lockFile: join(root, 'package-lock.json'),
    nodeModules: join(root, 'node_modules'),
    requirements: join(root, 'requirements.txt'),
    venv,
    python: join(venv, 'bin', 'python'),
    stamps: join(venv, '.setup'),
    logs: join(root, 'data', 'logs'),
    cache: join(root, 'data', 'cache'),
    lock: join(root, 'data', '.setup.lock'),
    addonPackage,
    addon: join(addonPackage, 'lib', 'napi-v8', 'tfjs_binding.node'),
    models: join(root, 'models'),
    headers: join(root, 'node_modules', 'node-api-headers'),
    peers: join(root, 'data', 'bench', 'venv'),
    peersRequirements: join(root, 'bench', 'requirements-peers.txt'),
    kernelSpec: join(venv, 'share', 'jupyter', 'kernels', 'tslab', 'kernel.json'),
    notebooks: join(root, 'notebooks'),
  };
}

/**
 * The virtual environment's folder of installed packages, or undefined where there is none.
 * @param {Paths} paths
 */
export function sitePackages(paths) {
  const lib = join(paths.venv, 'lib');
  const python = existsSync(lib) ? readdirSync(lib).find((name) => name.startsWith('python3.')) : undefined;
  return python ? join(lib, python, 'site-packages') : undefined;
}
