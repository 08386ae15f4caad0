import { inNotebook } from '../notebook/kernel';
import { notebookProgress } from './notebook';
import type { StartProgress } from './progress';
import { terminalProgress } from './terminal';

/** Progress where this code happens to run: below the cell of a notebook, as a bar on a terminal, or as lines in a log. */
export const startProgress: StartProgress = (label, total) =>
  inNotebook() ? notebookProgress(label, total) : terminalProgress(label, total);
