import { spawnSync } from 'node:child_process';
import { SetupError } from '../setup/errors.mjs';
import { PROJECT_ROOT } from '../setup/paths.mjs';
import { userEnvironment } from '../user-folder.mjs';

/**
 * The environment variable that gives the constants of the notebooks' settings cells the values of another data set or
 * preset; nothing where the environment asks for none.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {{ NOTEBOOK_SETTINGS?: string }}
 */
export function notebookSettings(env = userEnvironment()) {
  if (!env.DATASET && !env.DATA_DIR && !env.PRESET) return {};
  const args = ['--import', 'tsx', 'lib/notebook/print-settings.ts'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: PROJECT_ROOT,
    env,
    encoding: 'utf8',
  });
  if (status !== 0) throw new SetupError(stderr.trim());
  return { NOTEBOOK_SETTINGS: stdout.trim() };
}
