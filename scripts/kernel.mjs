import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { projectRoot } from './setup/paths.mjs';

/*
 * Starts the TypeScript kernel (tslab) in the project's folder, so that cells can import './lib/…'.
 * Jupyter calls this with the connection file.
 */

const configPath = resolve(process.argv[2]);
process.chdir(projectRoot);
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';

// A kernel whose Jupyter was killed would go on for ever.
const jupyter = process.ppid;
setInterval(() => {
  if (process.ppid !== jupyter) process.exit(0);
}, 2_000).unref();

/** @type {{ startKernel(options: { configPath: string, enableFindLocal: boolean }): void }} */
const tslab = createRequire(import.meta.url)('tslab/dist/main.js');
tslab.startKernel({ configPath, enableFindLocal: false });
