import { runForUser } from './child.mjs';
import { jupyterEnvironment } from './jupyter-env.mjs';
import { runMain } from './setup/errors.mjs';
import { projectPaths, PROJECT_ROOT } from './setup/paths.mjs';
import { Report } from './setup/report.mjs';
import { setUp } from './setup/steps.mjs';

/* npm run lab: opens JupyterLab on the notebooks; what follows -- goes to JupyterLab. */

await runMain(async () => {
  const paths = projectPaths(PROJECT_ROOT);
  await setUp(paths, new Report(process.stdout));
  const options = [
    `--ServerApp.root_dir=${PROJECT_ROOT}`, // so that lib/ can be read beside the notebooks
    '--LabApp.default_url=/lab/tree/notebooks',
    '--MappingKernelManager.default_kernel_name=tslab',
    '--ServerApp.answer_yes=True', // Ctrl-C ends it without a question
    ...(process.getuid?.() === 0 ? ['--allow-root'] : []),
  ];
  const args = ['-m', 'jupyterlab', ...options, ...process.argv.slice(2)];
  return runForUser(paths.python, args, { env: jupyterEnvironment(paths) });
});
