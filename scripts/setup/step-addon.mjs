import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readJson, runLogged } from './command.mjs';
import { assertOwnFolder } from './own-folder.mjs';
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
  isReady(paths) {
    const inputs = inputsOf(paths);
    return inputs !== undefined && existsSync(paths.addon) && isStamped(paths.stamps, 'addon', inputs);
  },
  async run(paths, { logFile, note }) {
    assertOwnFolder(paths.root, dirname(paths.addon));
    removeStamp(paths.stamps, 'addon');
    mkdirSync(dirname(paths.addon), { recursive: true });
    const compiler = findCompiler();
    const options = { cwd: paths.root, logFile };
    const built = `${paths.addon}.${process.pid}.node`;
    try {
      note('compiling');
      await runLogged(compiler, quietArguments(paths), options);
      await runLogged(compiler, addonArguments(paths, built), options);
      note('loading');
      const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' };
      await runLogged(process.execPath, ['-e', 'require(process.argv[1])', built], { ...options, env });
      renameSync(built, paths.addon);
    } finally {
      rmSync(built, { force: true });
    }
    stamp(paths.stamps, 'addon', inputsOf(paths));
  },
};

const shared = ['-std=c++17', '-O2', '-fPIC', '-shared'];
const QUIET_SOURCE = fileURLToPath(new URL('./quiet-load.cc', import.meta.url));
const QUIET_LIBRARY = 'libquiet_load.so';

/**
 * A small library that mutes TensorFlow while it is loaded: quiet-load.cc.
 * @param {Paths} paths
 */
function quietArguments(paths) {
  return [...shared, '-DQUIET_BEGIN', '-o', join(dirname(paths.addon), QUIET_LIBRARY), QUIET_SOURCE];
}

/**
 * One call of the compiler. TensorFlow's libraries are found where the wheel put them (rpath): those of the
 * CUDA wheel look for their neighbors relative to that place. What is linked last is initialized first.
 * @param {Paths} paths
 * @param {string} output
 */
function addonArguments(paths, output) {
  const tensorflow = join(sitePackages(paths) ?? '', 'tensorflow');
  const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) =>
    join(paths.addonPackage, 'binding', name),
  );
  return [
    ...[...shared, '-DNAPI_VERSION=8'],
    ...['-I', join(paths.headers, 'include'), '-I', join(tensorflow, 'include')],
    ...['-o', output, ...sources, QUIET_SOURCE],
    ...[`-L${tensorflow}`, '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'],
    ...[`-L${dirname(paths.addon)}`, '-Wl,--no-as-needed', `-l:${QUIET_LIBRARY}`],
    ...['-Xlinker', '-rpath', '-Xlinker', tensorflow, '-Xlinker', '-rpath', '-Xlinker', '$ORIGIN'],
  ];
}

/**
 * Undefined where the packages of npm or of Python are missing.
 * @param {Paths} paths
 */
function inputsOf(paths) {
  const packages = sitePackages(paths);
  if (!packages || !existsSync(packages) || !existsSync(paths.addonPackage)) return undefined;
  return {
    tensorflow: readdirSync(packages).filter((name) => /^tensorflow(_cpu)?-.*\.dist-info$/.test(name)),
    packages: [paths.addonPackage, paths.headers].map((dir) => readJson(join(dir, 'package.json')).version),
    commands: [quietArguments(paths), addonArguments(paths, paths.addon)],
    source: readFileSync(QUIET_SOURCE, 'utf8'),
  };
}
