import { Registry } from '../registry';
import { bleuMetric } from './bleu';
import { chairMetric } from './chair/chair';
import { ciderMetric } from './cider';
import { meteorMetric } from './meteor/meteor';
import { rougeLMetric } from './rouge-l';
import type { Metric } from './types';

/** All metrics, in the order of tables; a line for each. */
const metrics = new Registry<Metric>('metric', [
  bleuMetric, //
  meteorMetric,
  rougeLMetric,
  ciderMetric,
  chairMetric,
]);

/**
 * Adds a metric: evaluation, tables and the option `monitor` know it from then on.
 * @returns a function that removes it again
 * @throws Error where a score of this name exists
 */
export function registerMetric(metric: Metric): () => void {
  const taken = metric.scores.find((score) => scoreNames().includes(score));
  if (taken !== undefined)
    throw new Error(`The score "${taken}" is registered already: choose another name.`);

  return metrics.register(metric);
}

export function allMetrics(): Metric[] {
  return metrics.all();
}

/** Names of the scores that all metrics together give. */
export function scoreNames(): string[] {
  return metrics.all().flatMap(({ scores }) => scores);
}

/** Names of the scores that captions and references are enough for. */
export function scoreNamesOfCaptions(): string[] {
  return metrics.all().flatMap(({ needs, scores }) => (needs ? [] : scores));
}

/** Whether the lower one of two such scores is the better one. */
export function lowerIsBetter(score: string): boolean {
  return metrics.all().some(({ scores, lowerIsBetter: lower }) => lower === true && scores.includes(score));
}

/** The name of a score for tables and charts, where a reader takes the higher one for the better one. */
export function scoreLabel(score: string): string {
  return lowerIsBetter(score) ? `${score} (lower is better)` : score;
}

/** The metrics that give these scores. */
export function metricsOfScores(names: readonly string[]): Metric[] {
  return metrics.all().filter(({ scores }) => scores.some((score) => names.includes(score)));
}
