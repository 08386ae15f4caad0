import { scoreLabel } from '../metrics/registry';
import type { Scores } from '../metrics/types';
import { groupByValue, importanceOf, isSpread, type Observation } from './importance';
import { isRange, type SearchSpace } from './search-space';
import { dotChart, type DotChart } from '../plots/chart';

/**
 * A panel for each hyperparameter: the score of each trial over its value, with medians, the most important first.
 * @param rankedBy name of the score
 */
export function tuningCharts(
  trials: readonly { values: Record<string, unknown>; scores: Scores }[],
  space: SearchSpace,
  rankedBy: string,
): DotChart[] {
  const panels = Object.entries(space).flatMap(([name, tried]) => {
    const observations: Observation[] = trials
      .filter(({ values }) => name in values)
      .map(({ values, scores }) => ({ value: values[name], score: 100 * scores[rankedBy] }));
    if (observations.length === 0) return [];
    const importance = importanceOf(observations);
    const spread = isSpread(observations);
    const placeOf = (value: unknown) => (spread ? (value as number) : nameOfValue(value));
    const chart = dotChart({
      title: `${name}${importance === undefined ? '' : `: ${Math.round(100 * importance)} % of the variance`}`,
      xLabel: name,
      yLabel: `${scoreLabel(rankedBy)} × 100`,
      scale: spread ? (isRange(tried) ? tried.scale : 'linear') : 'names',
      dots: observations.map(({ value, score }) => ({ x: placeOf(value), y: score })),
      medians: groupByValue(observations).map(({ value, median }) => ({ x: placeOf(value), y: median })),
    });
    return [{ chart, importance: importance ?? -1 }];
  });
  return panels.sort((a, b) => b.importance - a.importance).map(({ chart }) => chart);
}

/** A value as text: lists with commas. */
export function nameOfValue(value: unknown): string {
  return Array.isArray(value) ? value.join(',') : String(value);
}
