import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readJson, runLogged } from './command.mjs';
import { sitePackages } from './paths.mjs';
import { findCompiler } from './requirements.mjs';
import { isStamped, removeStamp, stamp } from './stamp.mjs';

/** @typedef {import('./steps.mjs').Step} Step */
/** @typedef {import('./paths.mjs').Paths} Paths */

/**
 * The native addon of @tensorflow/tfjs-node-gpu, built against the TensorFlow in .venv.
 * @type {Step}
 */
export const addonStep = {
  name: 'native addon of @tensorflow/tfjs-node-gpu',
  log: 'setup-addon.log',
  gigabytes: 0.1,
  isReady: (paths) => existsSync(paths.addon) && isStamped(paths.stamps, 'addon', inputsOf(paths)),
  async run(paths, { logFile, note }) {
    removeStamp(paths.stamps, 'addon');
    mkdirSync(dirname(paths.addon), { recursive: true });
    const built = `${paths.addon}.${process.pid}.node`;
    try {
      note('compiling');
      await runLogged(findCompiler(), compilerArguments(paths, built), { cwd: paths.root, logFile });
      note('loading it');
      const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' };
      const load = ['-e', 'require(process.argv[1])', built];
      await runLogged(process.execPath, load, { cwd: paths.root, logFile, env });
      renameSync(built, paths.addon);
    } finally {
      rmSync(built, { force: true });
    }
    stamp(paths.stamps, 'addon', inputsOf(paths));
  },
};

/**
 * One call of the compiler. The libraries are found where the wheel put them (rpath): those of the CUDA
 * wheel look for their neighbours relative to that place.
 * @param {Paths} paths
 * @param {string} output
 */
function compilerArguments(paths, output) {
  const tensorflow = join(sitePackages(paths) ?? '', 'tensorflow');
  return [
    ...['-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8'],
    ...['-I', join(paths.headers, 'include'), '-I', join(tensorflow, 'include')],
    ...['-o', output],
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(paths.addonPackage, 'binding', name)),
    ...[`-L${tensorflow}`, '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'],
    ...['-Xlinker', '-rpath', '-Xlinker', tensorflow],
  ];
}

/** @param {Paths} paths */
function inputsOf(paths) {
  const packages = sitePackages(paths);
  if (!packages || !existsSync(packages) || !existsSync(paths.addonPackage)) return undefined;
  return {
    tensorflow: readdirSync(packages).filter((name) => /^tensorflow(_cpu)?-.*\.dist-info$/.test(name)),
    packages: [paths.addonPackage, paths.headers].map((dir) => readJson(join(dir, 'package.json')).version),
    command: compilerArguments(paths, paths.addon),
  };
}
