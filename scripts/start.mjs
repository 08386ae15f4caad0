import { readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { executeNotebook, notebookNames } from './notebooks/execute.mjs';
import { notebookSettings } from './notebooks/settings.mjs';
import { readSummary, summaryLines } from './notebooks/summary.mjs';
import { SetupError, runMain } from './setup/errors.mjs';
import { projectPaths, PROJECT_ROOT } from './setup/paths.mjs';
import { Report, duration } from './setup/report.mjs';
import { writeAtomically } from './setup/stamp.mjs';
import { libraryStep } from './setup/step-library.mjs';
import { setUp } from './setup/steps.mjs';

/* npm start: sets everything up, runs the notebooks from top to bottom and shows what came out. */

const HELP = `usage: npm start -- [options]

Sets up what is missing, runs the notebooks and prints captions and scores.
The executed notebooks go to data/run/notebooks.

  --in-place   write the outputs into notebooks/*.ipynb instead
  --only NAME  only the notebooks whose name contains NAME
  --help       this text

The cells see your environment: DATASET=flickr8k DATA_DIR=… npm start runs them on real data.`;

await runMain(async () => {
  const { inPlace, only, wantsHelp } = parseArguments(process.argv.slice(2));
  if (wantsHelp) {
    console.log(HELP);
    return 0;
  }
  const paths = projectPaths(PROJECT_ROOT);
  const report = new Report(process.stdout);
  await setUp(paths, report, [libraryStep]);

  const names = notebookNames.filter((name) => name.includes(only));
  if (names.length === 0)
    throw new SetupError(`No notebook has "${only}" in its name: ${notebookNames.join(', ')}.`);
  const begin = Date.now();
  const summaryFile = join(PROJECT_ROOT, 'data', 'run', 'summary.json');
  if (!only) rmSync(summaryFile, { force: true });
  const settings = notebookSettings();
  report.line(`Running ${names.length === 1 ? '1 notebook' : `${names.length} notebooks`}`);
  for (const name of names) {
    const source = join(paths.notebooks, `${name}.ipynb`);
    const copy = join(PROJECT_ROOT, 'data', 'run', 'notebooks', `${name}.ipynb`);
    const { ok, status, error } = await executeNotebook(source, copy, paths, report, settings);
    if (!ok) {
      report.line(`\n${error}`);
      return status;
    }
    if (inPlace) writeAtomically(source, readFileSync(copy, 'utf8'));
  }
  report.line(`All done in ${duration(Date.now() - begin)}`);
  const summary = readSummary(summaryFile);
  if (summary) summaryLines(summary).forEach((line) => report.line(line));
  const folder = inPlace
    ? 'notebooks'
    : relative(PROJECT_ROOT, join(PROJECT_ROOT, 'data', 'run', 'notebooks'));
  report.line(`
How to go on
  ${folder.padEnd(29)} the notebooks with their outputs
  npm run lab                   open the notebooks in JupyterLab, change a cell, run them again
  npm run caption -- photo.jpg  caption a photograph of yours
  npm test                      run all checks`);
  return 0;
});

/** @param {string[]} args */
function parseArguments(args) {
  // npm keeps what stands before the two dashes for itself, and makes a variable of it.
  if (process.env.npm_config_in_place && !args.includes('--in-place'))
    throw new SetupError('npm has kept --in-place for itself: write npm start -- --in-place.');

  const result = { inPlace: false, only: '', wantsHelp: false };
  for (let i = 0; i < args.length; i++) {
    if (args[i] === '--in-place') result.inPlace = true;
    else if (args[i] === '--only' && args[i + 1]) result.only = args[++i];
    else if (args[i] === '--help' || args[i] === '-h') result.wantsHelp = true;
    else throw new SetupError(`npm start does not know "${args[i]}": npm start -- --help lists its options.`);
  }
  return result;
}
