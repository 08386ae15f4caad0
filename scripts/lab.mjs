import { runForUser } from './child.mjs';
import { jupyterEnvironment } from './jupyter-env.mjs';
import { findNotebook } from './notebooks/find.mjs';
import { runMain } from './setup/errors.mjs';
import { projectPaths, PROJECT_ROOT } from './setup/paths.mjs';
import { Report } from './setup/report.mjs';
import { setUp } from './setup/steps.mjs';

/* npm run lab: opens JupyterLab on the notebooks. */

const HELP = `usage: npm run lab -- [NOTEBOOK] [options of JupyterLab]

Opens JupyterLab with the TypeScript kernel, on NOTEBOOK where it is given: 4, 04, inference or 04-inference.
Options such as --port 9000 or --no-browser go to JupyterLab; npm run lab -- --help-all lists them.`;

await runMain(async () => {
  const [first = '', ...others] = process.argv.slice(2);
  if (first === '--help' || first === '-h') {
    console.log(HELP);
    return 0;
  }
  const isNotebook = first !== '' && !first.startsWith('-');
  const page = isNotebook ? `/${findNotebook(first)}.ipynb` : '';
  const paths = projectPaths(PROJECT_ROOT);
  await setUp(paths, new Report(process.stdout));
  const options = [
    `--ServerApp.root_dir=${PROJECT_ROOT}`, // so that lib/ can be read beside the notebooks
    `--LabApp.default_url=/lab/tree/notebooks${page}`,
    '--MappingKernelManager.default_kernel_name=tslab',
    '--ServerApp.answer_yes=True', // Ctrl-C ends it without a question
    ...(process.getuid?.() === 0 ? ['--allow-root'] : []),
  ];
  const args = ['-m', 'jupyterlab', ...options, ...(isNotebook ? others : process.argv.slice(2))];
  return runForUser(paths.python, args, { env: jupyterEnvironment(paths) });
});
