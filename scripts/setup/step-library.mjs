import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, runLogged } from './command.mjs';
import { removeOwnFolder } from './own-folder.mjs';
import { isStamped, removeStamp, stamp } from './stamp.mjs';

/** @typedef {import('./steps.mjs').Step} Step */
/** @typedef {import('./paths.mjs').Paths} Paths */

/**
 * dist/: lib as plain JavaScript with its types, for programs outside the project that import it by its name.
 * @type {Step}
 */
export const libraryStep = {
  name: 'library (dist/)',
  log: 'setup-library.log',
  gigabytes: 0,
  isReady: (paths) => existsSync(paths.library) && isStamped(paths.stamps, 'library', inputsOf(paths)),
  async run(paths, { logFile }) {
    const inputs = inputsOf(paths);
    removeStamp(paths.stamps, 'library');
    removeOwnFolder(paths.root, paths.library);
    const compiler = join(paths.nodeModules, 'typescript', 'bin', 'tsc');
    await runLogged(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: paths.root, logFile });
    stamp(paths.stamps, 'library', inputs);
  },
};

/**
 * Undefined where the packages of npm are not there.
 * @param {Paths} paths
 */
function inputsOf(paths) {
  const compiler = join(paths.nodeModules, 'typescript', 'package.json');
  if (!existsSync(compiler)) return undefined;
  const sources = readdirSync(paths.sources, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => [name, readFileSync(join(paths.sources, name), 'utf8')]);
  const settings = ['tsconfig.json', 'tsconfig.build.json'].map((name) =>
    readFileSync(join(paths.root, name), 'utf8'),
  );
  return { sources, settings, compiler: readJson(compiler).version };
}
