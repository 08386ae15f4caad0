/** A trial as importance sees it: the value of one hyperparameter, and the score. */
export interface Observation {
  value: unknown;
  score: number;
}

/** Trials with the same value, or with values near each other. */
export interface ValueGroup {
  /** what its trials have in common; of numbers near each other their median */
  value: unknown;
  trials: Observation[];
  /** median of the scores */
  median: number;
}

/** Numbers that seldom repeat are put into so many groups of about the same size. */
const MAX_GROUPS = 3;

/** Observations in groups of equal values, in their order; of numbers that seldom repeat, thirds by size. */
export function groupByValue(observations: readonly Observation[]): ValueGroup[] {
  const keyOf = isSpread(observations)
    ? thirdOf(observations)
    : ({ value }: Observation) => JSON.stringify(value);
  const groups = new Map<unknown, Observation[]>();
  for (const one of sorted(observations)) {
    const key = keyOf(one);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map((trials) => ({
    value: isSpread(observations) ? median(trials.map(({ value }) => value as number)) : trials[0].value,
    trials,
    median: median(trials.map(({ score }) => score)),
  }));
}

/** Are these numbers most of which stand there once, as draws from a range do? */
export function isSpread(observations: readonly Observation[]): boolean {
  if (!observations.every(({ value }) => typeof value === 'number')) return false;
  const different = new Set(observations.map(({ value }) => value)).size;
  return different > Math.max(MAX_GROUPS, observations.length / 2);
}

/**
 * What share of the variance of the scores the groups of one hyperparameter explain: one-way analysis of variance's
 * eta squared, less what as many groups would explain by chance (epsilon squared, Kelley 1935). 0: nothing, 1: all.
 * @returns undefined where it cannot be computed: one group, no more trials than groups, or all scores the same
 */
export function importanceOf(observations: readonly Observation[]): number | undefined {
  const groups = groupByValue(observations);
  const scores = observations.map(({ score }) => score);
  const total = squares(scores);
  if (groups.length < 2 || scores.length <= groups.length || total === 0) return undefined;
  const within = groups.reduce((sum, { trials }) => sum + squares(trials.map(({ score }) => score)), 0);
  const unexplained = within / (scores.length - groups.length) / (total / (scores.length - 1));
  return Math.max(0, 1 - unexplained);
}

/** Sum of the squared distances from the mean. */
function squares(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}

function median(values: readonly number[]): number {
  const ordered = [...values].sort((a, b) => a - b);
  const middle = Math.floor(ordered.length / 2);
  return ordered.length % 2 === 1 ? ordered[middle] : (ordered[middle - 1] + ordered[middle]) / 2;
}

/** Numbers by size; anything else stays in its order. */
function sorted(observations: readonly Observation[]): Observation[] {
  const numbers = observations.every(({ value }) => typeof value === 'number');
  return numbers ? [...observations].sort((a, b) => Number(a.value) - Number(b.value)) : [...observations];
}

/** Which third an observation is in; equal values are in the same one. */
function thirdOf(observations: readonly Observation[]): (one: Observation) => number {
  const values = sorted(observations).map(({ value }) => value);
  return ({ value }) => Math.floor((MAX_GROUPS * values.indexOf(value)) / values.length);
}
