/** The colors of all figures. They are explicit, on white, so that a dark page shows the same. */
export const colors = {
  background: '#ffffff',
  /** Around photographs that don't fill their frame. */
  frame: '#f3f4f6',
  text: '#1f2937',
  muted: '#6b7280',
  grid: '#e5e7eb',
  axis: '#9ca3af',
  /** Captions that are right, and wrong. */
  good: '#15803d',
  bad: '#b91c1c',
} as const;

/** One color a curve: blue, orange, green, purple, cyan, pink. Told apart also with the usual color blindnesses. */
export const seriesColors = ['#2563eb', '#ea580c', '#15803d', '#7c3aed', '#0891b2', '#db2777'] as const;

/** The color of the curve or the bars of this number, from 0. */
export function seriesColor(index: number): string {
  return seriesColors[index % seriesColors.length];
}

/** What a layer does, and the colors of its box. */
const layerColors = [
  { types: /^(Input|Output)$/, fill: '#ffffff', stroke: '#6b7280' },
  { types: /attention/i, fill: '#ffedd5', stroke: '#fb923c' },
  { types: /LSTM|State/, fill: '#ede9fe', stroke: '#a78bfa' },
  { types: /Embedding|Encoding/, fill: '#fce7f3', stroke: '#f472b6' },
  { types: /Normalization/, fill: '#fef9c3', stroke: '#eab308' },
  { types: /Dense|FeedForward|Encoder/, fill: '#dbeafe', stroke: '#60a5fa' },
];

/** The colors of the box of a layer of this type. */
export function layerColor(type: string): { fill: string; stroke: string } {
  return layerColors.find(({ types }) => types.test(type)) ?? { fill: '#f9fafb', stroke: colors.axis };
}
