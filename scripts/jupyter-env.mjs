import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { userEnvironment } from './user-folder.mjs';

/**
 * The environment for Jupyter: all that it writes stays in the project's .venv.
 * @param {import('./setup/paths.mjs').Paths} paths
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {NodeJS.ProcessEnv}
 */
export function jupyterEnvironment(paths, env = userEnvironment()) {
  const own = join(paths.venv, 'jupyter');
  mkdirSync(join(own, 'ipython'), { recursive: true });
  const { PYTHONHOME: _home, PYTHONPATH: _path, ...rest } = env;
  return {
    ...rest,
    JUPYTER_CONFIG_DIR: join(own, 'config'),
    JUPYTER_DATA_DIR: join(own, 'data'),
    JUPYTER_RUNTIME_DIR: join(own, 'runtime'),
    JUPYTERLAB_SETTINGS_DIR: join(own, 'settings'),
    JUPYTERLAB_WORKSPACES_DIR: join(own, 'workspaces'),
    IPYTHONDIR: join(own, 'ipython'),
    JUPYTER_PREFER_ENV_PATH: '1',
    PYTHONNOUSERSITE: '1',
  };
}
