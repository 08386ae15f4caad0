import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { runForUser } from '../child.mjs';
import { jupyterEnvironment } from '../jupyter-env.mjs';

/** @typedef {import('../setup/paths.mjs').Paths} Paths */
/** @typedef {import('../setup/report.mjs').Report} Report */

/** The notebooks in the order in which they are run. */
export const notebookNames = ['01-preprocess', '02-train', '03-evaluate', '04-inference', '05-compare'];

/**
 * Runs a notebook from top to bottom in a kernel of its own and shows which cell it is at.
 * @param {string} source the notebook
 * @param {string} target where the notebook with its outputs goes; may be the same file
 * @param {Paths} paths
 * @param {Report} report
 * @param {NodeJS.ProcessEnv} [env] further environment variables of the cells
 * @returns {Promise<{ ok: boolean, status: number, error?: string }>}
 */
export async function executeNotebook(source, target, paths, report, env = {}) {
  const name = relative(paths.root, source);
  if (!existsSync(source)) return { ok: false, status: 1, error: `${name} is missing.` };
  report.line(name);
  const state = { cells: 0, cell: '', error: '' };
  /** @type {import('../setup/report.mjs').Task | undefined} */
  let task = report.start('starting the kernel');
  /** @param {{ event: string, cells: number, index: number, title: string, text: string, error: string }} told */
  const show = (told) => {
    if (told.event === 'start') {
      state.cells = told.cells;
    } else if (told.event === 'output') {
      task?.note(told.text);
    } else if (told.event === 'cell') {
      task?.done();
      state.cell = `cell ${told.index} of ${state.cells}`;
      task = report.start(`${state.cell}  ${told.title}`);
    } else if (told.event === 'done') {
      task?.done();
      task = undefined;
    } else if (told.event === 'failed') {
      state.error = told.error;
    }
  };
  const script = join(paths.root, 'scripts', 'notebooks', 'execute.py');
  const status = await runForUser(paths.python, [script, source, target], {
    env: { ...jupyterEnvironment(paths), ...env },
    onLine: (line) => {
      const told = parse(line);
      if (told) show(told);
      else report.line(line);
    },
  });
  task?.fail();
  if (status === 0) return { ok: true, status };
  if (status > 128)
    return { ok: false, status, error: `${name} was stopped at ${state.cell || 'its start'}.` };
  return { ok: false, status, error: `${name} ${state.cell} failed.\n${state.error}` };
}

/** @param {string} line */
function parse(line) {
  try {
    return line.startsWith('{"event"') ? JSON.parse(line) : undefined;
  } catch {
    return undefined;
  }
}
