import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { escapeMarkup } from '../html';
import type { BarChart, Chart, DotChart, HistogramChart, LineChart, ReliabilityChart } from './chart';
import { colors, seriesColor } from './colors';

/** The font of figures; `fonts.ts` brings it along. */
export const FONT_FAMILY = 'Inter';
export const FONTS = `${FONT_FAMILY}, system-ui, sans-serif`;
const FONT_SIZE = 12;
const MARGIN = 14;
const TITLE_HEIGHT = 30;
const LEGEND_HEIGHT = 22;
/** About how wide a letter of the legend is. */
const LETTER_WIDTH = 0.6 * FONT_SIZE;
/** Room for a number at the end of a bar, or below it. */
const BAR_NUMBER_WIDTH = 56;
/** About how many letters' widths (em) the names below dots share. */
const DOTS_WIDTH = 20;
/** Curves with so few points also show each point. */
const FEW_POINTS = 30;

/** Size of a chart in pixels; the height of a bar chart follows from its number of bars unless it is given. */
export interface ChartSize {
  width?: number;
  height?: number;
}

/** How high a chart is. */
export function heightOf(chart: Chart, { width = 640, height }: ChartSize = {}): number {
  if (height !== undefined) return height;
  const top = MARGIN + TITLE_HEIGHT + legendOf(chart, width).height;
  return chart.kind === 'bars' ? top + 24 * chart.bars.length + 64 : 360;
}

/**
 * A chart as SVG: white background, title on top, a legend where there are several curves.
 */
export function drawSvg(chart: Chart, { width = 640, height }: ChartSize = {}): string {
  const legend = legendOf(chart, width);
  const top = MARGIN + TITLE_HEIGHT + legend.height;
  const whole = heightOf(chart, { width, height });
  // The types of a browser's document don't exist in Node, so that neither library's types say anything here.
  const { document } = parseHTML('<html></html>') as unknown as { document: never };
  const plot = Plot.plot({
    ...plotOptions(chart, width - 2 * MARGIN),
    document,
    className: 'chart',
    width: width - 2 * MARGIN,
    height: whole - top - MARGIN,
    style: { fontFamily: FONTS, fontSize: `${FONT_SIZE}px`, color: colors.text },
  }) as unknown as { outerHTML: string };
  // The style sheet that Plot adds serves web pages; its class names would clash between charts.
  const body = plot.outerHTML.replace(/<style>.*?<\/style>/s, '').replaceAll('currentColor', colors.text);
  const placed = body.replace('<svg ', `<svg xmlns="http://www.w3.org/2000/svg" x="${MARGIN}" y="${top}" `);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${whole}" viewBox="0 0 ${width} ${whole}" font-family="${FONTS}">` +
    `<rect width="${width}" height="${whole}" fill="${colors.background}"/>` +
    `<text x="${MARGIN}" y="${MARGIN + 15}" font-size="15" font-weight="600" fill="${colors.text}">${escapeMarkup(chart.title)}</text>` +
    `${legend.svg}${placed}</svg>`
  );
}

function plotOptions(chart: Chart, width: number): Plot.PlotOptions {
  switch (chart.kind) {
    case 'histogram':
      return histogramOptions(chart);
    case 'bars':
      return barOptions(chart, width);
    case 'lines':
      return lineOptions(chart);
    case 'dots':
      return dotOptions(chart);
    case 'reliability':
      return reliabilityOptions(chart);
  }
}

const margins = { marginTop: 30, marginRight: 20, marginBottom: 42, marginLeft: 56 };
const gridLines = { stroke: colors.grid, strokeOpacity: 1 };
const axis = { color: colors.text, tickSize: 0, tickPadding: 6, labelArrow: 'none' as const };

function histogramOptions({ bins, xLabel, yLabel }: HistogramChart): Plot.PlotOptions {
  const most = Math.max(...bins.map(({ count }) => count));
  const [{ from }, { to }] = [bins[0], bins[bins.length - 1]];
  const overWholeNumbers = bins[0].to - from === 1 && !Number.isInteger(from);
  return {
    ...margins,
    x: { nice: false },
    marks: [
      Plot.gridY({ ...gridLines, ticks: Math.min(5, most) }),
      Plot.axisY({ ...axis, label: yLabel, ticks: Math.min(5, most), tickFormat: shortNumber }),
      Plot.axisX({
        ...axis,
        label: xLabel,
        labelAnchor: 'center',
        ...(overWholeNumbers ? { ticks: wholeTicks(from + 0.5, to - 0.5) } : { ticks: 8 }),
        tickFormat: plainNumber,
      }),
      Plot.rectY(bins, {
        x1: 'from',
        x2: 'to',
        y: 'count',
        fill: seriesColor(0),
        insetLeft: 0.5,
        insetRight: 0.5,
      }),
      Plot.ruleY([0], { stroke: colors.axis }),
    ],
  };
}

function barOptions({ bars, xLabel }: BarChart, width: number): Plot.PlotOptions {
  const longest = Math.max(...bars.map(({ name }) => name.length));
  const marginLeft = 16 + Math.min(30, longest) * LETTER_WIDTH;
  const ticks = Math.min(5, Math.floor((width - marginLeft - BAR_NUMBER_WIDTH) / BAR_NUMBER_WIDTH));
  const names = bars.map(({ name }) => (name.length > 30 ? `${name.slice(0, 29)}…` : name));
  return {
    ...margins,
    marginTop: 4,
    marginLeft,
    marginRight: BAR_NUMBER_WIDTH,
    y: { domain: bars.map((_, i) => i), padding: 0.25 },
    marks: [
      Plot.gridX({ ...gridLines, ticks }),
      Plot.axisX({ ...axis, label: xLabel, labelAnchor: 'center', ticks, tickFormat: shortNumber }),
      Plot.axisY({ ...axis, label: null, tickFormat: (i: number) => names[i] }),
      Plot.barX(bars, { y: (_, i) => i, x: 'value', fill: seriesColor(0) }),
      Plot.text(bars, {
        y: (_, i) => i,
        x: 'value',
        text: ({ value }: { value: number }) => shortNumber(value),
        textAnchor: 'start',
        dx: 5,
        fill: colors.muted,
      }),
      Plot.ruleX([0], { stroke: colors.axis }),
    ],
  };
}

function lineOptions({ curves, xLabel, yLabel }: LineChart): Plot.PlotOptions {
  const xs = curves.flatMap(({ points }) => points.map(([x]) => x));
  const [first, last] = [Math.min(...xs), Math.max(...xs)];
  const ys = curves.flatMap(({ points }) => points.map(([, y]) => y));
  const [least, most] = [Math.min(...ys), Math.max(...ys)];
  const around = Math.abs(least) / 10 || 1;
  const wholeX = xs.every(Number.isInteger);
  return {
    ...margins,
    // A single epoch stands in the middle, above its number.
    ...(first === last ? { x: { domain: [first - 0.5, last + 0.5] } } : {}),
    y: least === most ? { domain: [least - around, least + around], nice: true } : { nice: true },
    marks: [
      Plot.gridY({ ...gridLines, ticks: 6 }),
      Plot.axisY({ ...axis, label: yLabel, ticks: 6, tickFormat: plainNumber }),
      Plot.axisX({
        ...axis,
        label: xLabel,
        labelAnchor: 'center',
        ...(wholeX ? { ticks: wholeTicks(first, last) } : { ticks: 6 }),
        tickFormat: plainNumber,
      }),
      ...curves.map(({ points }, i) =>
        Plot.line(points, { stroke: seriesColor(i), strokeWidth: 2, strokeLinejoin: 'round' }),
      ),
      ...curves.map(({ points }, i) =>
        Plot.dot(points.length <= FEW_POINTS ? points : [], { fill: seriesColor(i), r: 3.5 }),
      ),
    ],
  };
}

/** At most ten whole numbers from the first to the last. */
function wholeTicks(first: number, last: number): number[] {
  const step =
    [1, 2, 5, 10, 20, 50, 100].find((one) => (last - first) / one < 10) ?? Math.ceil((last - first) / 9);
  const start = Math.ceil(first / step) * step;
  return Array.from({ length: Math.floor((last - start) / step) + 1 }, (_, i) => start + i * step);
}

function dotOptions({ dots, medians, scale, xLabel, yLabel }: DotChart): Plot.PlotOptions {
  const names = scale === 'names';
  const median = { x: 'x', y: 'y', stroke: seriesColor(1), strokeWidth: 2 };
  return {
    ...margins,
    x: names
      ? { type: 'band', domain: medians.map(({ x }) => x), padding: 0.5, paddingOuter: 0.25 }
      : { type: scale, nice: true },
    y: { nice: true },
    marks: [
      Plot.gridY({ ...gridLines, ticks: 5 }),
      Plot.axisY({ ...axis, label: yLabel, ticks: 5, tickFormat: plainNumber }),
      Plot.axisX({
        ...axis,
        label: xLabel,
        labelAnchor: 'center',
        // Names that stand side by side break into lines; 1e-4 is no "100µ".
        ...(names ? { lineWidth: DOTS_WIDTH / medians.length } : { ticks: 3, tickFormat: plainNumber }),
      }),
      ...(names ? [Plot.tickY(medians, median)] : [Plot.line(medians, median)]),
      Plot.dot(dots, { x: 'x', y: 'y', fill: seriesColor(0), fillOpacity: 0.75, r: 4 }),
    ],
  };
}

function reliabilityOptions({ bins, xLabel, yLabel }: ReliabilityChart): Plot.PlotOptions {
  const ticks = [0, 0.2, 0.4, 0.6, 0.8, 1];
  const diagonal = { stroke: colors.axis, strokeDasharray: '4 4' };
  const place = { x: 'predicted', y: 'observed' };
  return {
    ...margins,
    marginRight: 48, // numbers stand beside and a little below their dots
    x: { domain: [0, 1] },
    y: { domain: [0, 1], insetBottom: 14 },
    marks: [
      Plot.gridY({ ...gridLines, ticks }),
      Plot.axisY({ ...axis, label: yLabel, ticks, tickFormat: plainNumber }),
      Plot.axisX({ ...axis, label: xLabel, labelAnchor: 'center', ticks, tickFormat: plainNumber }),
      Plot.line([[0, 0], [1, 1]], diagonal), // prettier-ignore
      Plot.ruleX(bins, { x: 'predicted', y1: 'low', y2: 'high', stroke: seriesColor(0), strokeOpacity: 0.5 }),
      Plot.dot(bins, { ...place, fill: seriesColor(0), r: 4.5 }),
      Plot.text(bins, { ...place, text: 'count', textAnchor: 'start', dx: 8, dy: 8, fill: colors.muted }),
    ],
  };
}

/** Names of the curves with their colors, in as many rows as they need. One curve alone needs none. */
function legendOf(chart: Chart, width: number): { svg: string; height: number } {
  if (chart.kind !== 'lines' || chart.curves.length < 2) return { svg: '', height: 0 };
  let x = MARGIN;
  let row = 0;
  const items = chart.curves.map(({ name }, i) => {
    const wide = 30 + name.length * LETTER_WIDTH;
    if (x > MARGIN && x + wide > width - MARGIN) {
      x = MARGIN;
      row += 1;
    }
    const y = MARGIN + TITLE_HEIGHT + 8 + row * LEGEND_HEIGHT;
    const item =
      `<line x1="${x}" y1="${y}" x2="${x + 18}" y2="${y}" stroke="${seriesColor(i)}" stroke-width="3"/>` +
      `<text x="${x + 24}" y="${y + 4}" font-size="${FONT_SIZE}" fill="${colors.text}">${escapeMarkup(name)}</text>`;
    x += wide + 12;
    return item;
  });
  return { svg: items.join(''), height: (row + 1) * LEGEND_HEIGHT };
}

/** 1, 0.5, 0.0001: the digits that a tick has. */
const plainNumber = (value: number): string => String(Number(value.toPrecision(6)));

/** 950, 12,000, 3.4: a number as short as its size allows. */
function shortNumber(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 10 ? 2 : 0 });
}
