import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { showSentences } from './kernel-errors.mjs';
import { PROJECT_ROOT } from './setup/paths.mjs';

/*
 * Starts the TypeScript kernel (tslab) in the project's folder, so that cells can import './lib/…'.
 * Jupyter calls this with the connection file.
 */

const CONNECTION_FILE = resolve(process.argv[2]);
process.chdir(PROJECT_ROOT);
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';

// A kernel whose Jupyter was killed would go on for ever.
const JUPYTER_PID = process.ppid;
setInterval(() => {
  if (process.ppid !== JUPYTER_PID) process.exit(0);
}, 2_000).unref();

/*
 * tslab's compiler watches lib/ and node_modules/, and tslab throws where two changes follow each other before the
 * next cell is compiled ("Unexpected pending rebuildTimer"), which would show below the cell that runs. The change
 * that came first has already asked for the rebuilding, so the second may be lost.
 */
const require = createRequire(import.meta.url);
/** @typedef {(path: string, callback: (...change: unknown[]) => void, ...rest: unknown[]) => unknown} Watch */
const { sys } = /** @type {{ sys: Record<'watchFile' | 'watchDirectory', Watch> }} */ (
  require('@tslab/typescript-for-tslab')
);
for (const watch of /** @type {const} */ (['watchFile', 'watchDirectory'])) {
  const original = sys[watch];
  sys[watch] = (path, callback, ...rest) =>
    original(path, (...change) => quietly(() => callback(...change)), ...rest);
}

/** @param {() => void} call */
function quietly(call) {
  try {
    call();
  } catch (error) {
    if (!String(error).includes('rebuildTimer')) throw error;
  }
}

showSentences();

/** @type {{ startKernel(options: { configPath: string, enableFindLocal: boolean }): void }} */
const tslab = require('tslab/dist/main.js');
tslab.startKernel({ configPath: CONNECTION_FILE, enableFindLocal: false });
