import { UserError } from '../errors';

/*
 * A chart is data and labels, described once. `svg.ts` draws it with Observable Plot, `plotly.ts` hands it to nodeplotlib.
 */

/** Bars side by side over ranges of a number. */
export interface HistogramChart {
  kind: 'histogram';
  title: string;
  xLabel: string;
  yLabel: string;
  bins: { from: number; to: number; count: number }[];
}

/** One horizontal bar for each name, the first on top. */
export interface BarChart {
  kind: 'bars';
  title: string;
  xLabel: string;
  bars: { name: string; value: number }[];
}

/** A point of a curve. */
export type Point = [x: number, y: number];

/** One curve of a chart. Points that are not finite are left out. */
export interface Curve {
  name: string;
  points: Point[];
}

/** Curves over a common axis. */
export interface LineChart {
  kind: 'lines';
  title: string;
  xLabel: string;
  yLabel: string;
  curves: Curve[];
}

/** One dot for each measurement, over a number or a name, and what is usual there. */
export interface DotChart {
  kind: 'dots';
  title: string;
  xLabel: string;
  yLabel: string;
  /** of the x axis: `names` stand side by side in the order of the medians */
  scale: 'linear' | 'log' | 'names';
  dots: Dot[];
  /** a line from one to the next over numbers, a short line over each name */
  medians: Dot[];
}

export interface Dot {
  x: number | string;
  y: number;
}

/** Predicted probabilities beside the shares that came true; the diagonal is where both are the same. */
export interface ReliabilityChart {
  kind: 'reliability';
  title: string;
  xLabel: string;
  yLabel: string;
  bins: ReliabilityDot[];
}

/** A range of predicted probabilities: all but the count are in [0, 1]. */
export interface ReliabilityDot {
  predicted: number;
  observed: number;
  /** of predictions */
  count: number;
  /** between which the share lies: an interval of confidence */
  low: number;
  high: number;
}

export type Chart = HistogramChart | BarChart | LineChart | DotChart | ReliabilityChart;

/** A curve with more points than this is averaged over neighbors: a figure can't show more. */
const MOST_POINTS = 250;

/**
 * How often values fall into each of some equal ranges.
 *
 * @param values numbers; where all are whole, each bar stands over whole numbers
 * @param options.bins how many ranges there are at most (default 30)
 * @throws UserError if there is no value, or one is not finite
 */
export function histogram(
  values: readonly number[],
  {
    title,
    xLabel,
    yLabel = 'count',
    bins = 30,
  }: { title: string; xLabel: string; yLabel?: string; bins?: number },
): HistogramChart {
  if (values.length === 0) throw nothingToDraw(title);
  let least = Infinity;
  let most = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value))
      throw new UserError(`The chart "${title}" can't show the value ${value}: give finite numbers.`);
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  const whole = values.every(Number.isInteger);
  const step = roundStep((most - least) / bins, whole);
  const shift = whole && step === 1 ? 0.5 : 0; // so that a bar stands over its whole number, not beside it
  const first = Math.floor(least / step) * step - shift;
  const counts = new Array<number>(Math.floor((most - first) / step) + 1).fill(0);
  for (const value of values) counts[Math.floor((value - first) / step)] += 1;
  return {
    kind: 'histogram',
    title,
    xLabel,
    yLabel,
    bins: counts.map((count, i) => ({ from: first + i * step, to: first + (i + 1) * step, count })),
  };
}

/** The smallest of 1, 2, 5, 10, 20, … (or 0.5, 0.2, …) that is not below `least`; at least 1 for whole numbers. */
function roundStep(least: number, whole: boolean): number {
  if (whole && least <= 1) return 1;
  if (least <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(least));
  return power * [1, 2, 5, 10].find((factor) => power * factor >= least * (1 - 1e-9))!;
}

/**
 * Bars for named values, such as the most frequent words, in the order given.
 *
 * @throws UserError if there is none, or a value is not finite
 */
export function barChart(
  values: readonly (readonly [name: string, value: number])[],
  { title, xLabel }: { title: string; xLabel: string },
): BarChart {
  if (values.length === 0) throw nothingToDraw(title);
  const wrong = values.find(([, value]) => !Number.isFinite(value));
  if (wrong) {
    throw new UserError(
      `The chart "${title}" can't show the value ${wrong[1]} of "${wrong[0]}": give finite numbers.`,
    );
  }
  return { kind: 'bars', title, xLabel, bars: values.map(([name, value]) => ({ name, value })) };
}

/**
 * Curves over a common axis, such as loss over steps. Empty curves are left out.
 *
 * @throws UserError if no curve has a finite point
 */
export function lineChart(
  curves: readonly Curve[],
  { title, xLabel, yLabel }: { title: string; xLabel: string; yLabel: string },
): LineChart {
  const finite = curves
    .map(({ name, points }) => ({
      name,
      points: thinOut(points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y))),
    }))
    .filter(({ points }) => points.length > 0);
  if (finite.length === 0) throw nothingToDraw(title);
  return { kind: 'lines', title, xLabel, yLabel, curves: finite };
}

/**
 * Measurements over a hyperparameter, for example.
 *
 * @throws UserError if there is no dot, or one is not finite
 */
export function dotChart(chart: Omit<DotChart, 'kind'>): DotChart {
  if (chart.dots.length === 0) throw nothingToDraw(chart.title);
  const wrong = chart.dots.find(
    ({ x, y }) => !Number.isFinite(y) || (typeof x === 'number' && !Number.isFinite(x)),
  );
  if (wrong) {
    throw new UserError(
      `The chart "${chart.title}" can't show ${wrong.y} at ${wrong.x}: give finite numbers.`,
    );
  }
  return { kind: 'dots', ...chart };
}

/** Averages runs of neighbors, so that few enough points are left. */
function thinOut(points: Point[]): Point[] {
  const run = Math.ceil(points.length / MOST_POINTS);
  if (run <= 1) return points;
  const thin: Point[] = [];
  for (let start = 0; start < points.length; start += run) {
    const part = points.slice(start, start + run);
    const mean = (axis: 0 | 1) => part.reduce((sum, point) => sum + point[axis], 0) / part.length;
    thin.push([mean(0), mean(1)]);
  }
  return thin;
}

function nothingToDraw(title: string): UserError {
  return new UserError(`There is nothing to draw in the chart "${title}": give it at least one value.`);
}
