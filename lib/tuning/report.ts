import path from 'node:path';
import Papa from 'papaparse';
import { scoreLabel } from '../metrics/registry';
import { writeAtomically } from '../files';
import { drawCharts } from '../plots/figure';
import { nameOfValue, tuningCharts } from './charts';
import type { ScoredTrial } from './results';
import type { SearchSpace } from './search-space';

/** Panels in a row of the image. */
const COLUMNS = 3;

/** Writes `results.csv`, a row for each trial, and `results.png`, a panel for each hyperparameter. */
export async function writeTuningReport(
  folder: string,
  trials: readonly ScoredTrial[],
  search: SearchSpace,
  rankedBy: string,
): Promise<void> {
  const rows = trials.map((trial) => ({
    trial: trial.trial,
    ...Object.fromEntries(Object.keys(search).map((name) => [name, valueOf(trial, name)])),
    epochs: trial.epochs,
    ...trial.scores,
    validationLoss: trial.validationLoss,
    seconds: trial.seconds,
    diverged: trial.diverged ?? '',
  }));
  writeAtomically(path.join(folder, 'results.csv'), `${Papa.unparse(rows, { newline: '\n' })}\n`);
  const { data } = await drawCharts(tuningCharts(trials, search, rankedBy), {
    columns: COLUMNS,
    width: 340,
    height: 260,
  });
  writeAtomically(path.join(folder, 'results.png'), data);
}

/** The trials as a table for `textTable` or `markdownTable`: scores x 100. */
export function tuningTable(
  trials: readonly ScoredTrial[],
  search: SearchSpace,
  rankedBy: string,
): { header: string[]; rows: (string | number)[][] } {
  const names = Object.keys(search);
  const metrics = [...new Set([rankedBy, ...trials.flatMap(({ scores }) => Object.keys(scores))])];
  const header = ['trial', ...names, 'epochs', ...metrics.map(scoreLabel), 'validation loss', 'seconds'];
  const rows = trials.map((trial) => [
    trial.trial,
    ...names.map((name) => valueOf(trial, name)),
    trial.diverged ? 'diverged' : trial.epochs,
    ...metrics.map((name) => (name in trial.scores ? (100 * trial.scores[name]).toFixed(1) : '')),
    trial.validationLoss?.toFixed(3) ?? '',
    Math.round(trial.seconds),
  ]);
  return { header, rows };
}

/** A hyperparameter of a trial; empty where its captioner has none of this name. */
function valueOf({ values }: ScoredTrial, name: string): string {
  return name in values ? nameOfValue(values[name]) : '';
}
