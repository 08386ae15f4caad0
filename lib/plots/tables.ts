import { scoreLabel } from '../metrics/registry';
import { lossText, type TrainingRecord } from '../training/record';
import { UserError } from '../errors';

/** Scores of one model or one run: fractions, as lib/metrics gives them. */
export interface ScoreRow {
  name: string;
  scores: Record<string, number | undefined>;
}

/**
 * A Markdown table of texts and numbers; numbers stand on the right. It shows in notebooks and on code-hosting sites.
 *
 * @throws UserError if a row has not as many cells as the header
 */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const wrong = rows.find((row) => row.length !== header.length);
  if (wrong) {
    throw new UserError(
      `A table with ${header.length} columns can't hold the row "${wrong.join(', ')}": give as many cells.`,
    );
  }
  const line = (cells: readonly (string | number)[]) =>
    `| ${cells.map((cell) => plainCell(String(cell))).join(' | ')} |`;
  const alignment = header.map((_, i) =>
    rows.length > 0 && rows.every((row) => typeof row[i] === 'number' || row[i] === '') ? '---:' : '---',
  );
  return [line(header), `| ${alignment.join(' | ')} |`, ...rows.map(line)].join('\n');
}

/**
 * Scores as a Markdown table, times 100 with one decimal, a row for each model; a missing score leaves its cell empty.
 *
 * @throws UserError if there is no row
 */
export function scoreTable(rows: readonly ScoreRow[]): string {
  if (rows.length === 0) throw new UserError('There are no scores to show: give at least one row.');
  const metrics = [...new Set(rows.flatMap(({ scores }) => Object.keys(scores)))];
  const cell = (score: number | undefined) => (score === undefined ? '' : (100 * score).toFixed(1));
  const lines = markdownTable(
    ['', ...metrics.map(scoreLabel)],
    rows.map(({ name, scores }) => [name, ...metrics.map((metric) => cell(scores[metric]))]),
  ).split('\n');
  lines[1] = `| --- |${metrics.map(() => ' ---: |').join('')}`;
  return lines.join('\n');
}

/** Text that neither breaks the table nor is taken for Markdown or HTML. */
function plainCell(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_[\]|~$]/g, '\\$&')
    .replace(/\s*\n\s*/g, ' ');
}

/** The epochs of a training: losses in nats per token, scores x 100, time and speed. */
export function trainingTable({ epochs }: TrainingRecord): string {
  const names = [...new Set(epochs.flatMap(({ scores }) => Object.keys(scores)))];
  return markdownTable(
    ['epoch', 'loss', 'validation loss', ...names.map(scoreLabel), 'seconds', 'captions/s'],
    epochs.map((one) => [
      one.epoch,
      one.trainLoss.toFixed(3),
      lossText(one, 3),
      ...names.map((name) => (100 * one.scores[name]).toFixed(1)),
      Math.round(one.seconds),
      Math.round(one.captionsPerSecond),
    ]),
  );
}
