import { inNotebook } from '../tslab';
import { notebookProgress, notebookProgressLine } from './notebook';
import type { ProgressLine, StartProgress } from './progress';
import { terminalProgress } from './terminal';

/** Progress where this code happens to run: below the cell of a notebook, as a bar on a terminal, or as lines in a log. */
export const startProgress: StartProgress = (label, total) =>
  inNotebook() ? notebookProgress(label, total) : terminalProgress(label, total);

/** One line for several tasks: in a notebook they replace each other, elsewhere each is shown and the text ends them. */
export const startProgressLine = (): ProgressLine =>
  inNotebook()
    ? notebookProgressLine()
    : { start: terminalProgress, finish: (text) => process.stderr.write(`${text}\n`) };
