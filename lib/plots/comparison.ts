import { scoreLabel } from '../metrics/registry';
import type { CaptionedImage } from '../data/types';
import type { ComparedCaptioner, CaptionerRun } from '../training/compared';
import { keptScores, lossText, type EpochRecord, type TrainingRecord } from '../training/record';
import { lineChart, type LineChart, type Point } from './chart';
import { colors, seriesColor } from './colors';
import type { GridCell } from './image-grid';
import { markdownTable } from './tables';

/** Losses and scores of several captioners over the seconds of their training steps. */
export function comparisonCharts(runs: readonly CaptionerRun[]): LineChart[] {
  const seconds = 'seconds of training';
  const curves = (value: (epoch: EpochRecord) => number) =>
    runs.map(({ name, record }) => ({ name, points: overTime(record, value) }));
  return [
    lineChart(
      curves(({ validationLoss }) => validationLoss),
      {
        title: 'Validation loss',
        xLabel: seconds,
        yLabel: 'nats per token',
      },
    ),
    lineChart(
      curves(({ scores }) => 100 * scores.CIDEr),
      {
        title: 'CIDEr of generated captions',
        xLabel: seconds,
        yLabel: 'CIDEr × 100',
      },
    ),
  ];
}

/** A row for each captioner: its size, its training, and the scores of its captions x 100. */
export function comparisonTable(compared: readonly ComparedCaptioner[]): string {
  // Of the four BLEU scores the last stands for all.
  const names = new Set(compared.flatMap(({ scores }) => Object.keys(scores)));
  const metrics = [...names].filter((name) => !/^BLEU-[123]$/.test(name));
  const rows = compared.map(({ name, parameters, record, scores }) => [
    name,
    parameters.toLocaleString('en'),
    record.epochs.length,
    Math.round(trainedPerSecond(record)),
    lossText(keptScores(record), 2),
    ...metrics.map((metric) => (scores[metric] === undefined ? '' : (100 * scores[metric]).toFixed(1))),
  ]);
  const header = [
    'captioner',
    'parameters',
    'epochs',
    'captions/s in training',
    'validation loss',
    ...metrics.map(scoreLabel),
  ];
  return markdownTable(header, rows);
}

/** Images with the caption of each captioner, in the colors of its curves, and one of the data set's. */
export function comparisonCells(
  images: readonly CaptionedImage[],
  compared: readonly ComparedCaptioner[],
): GridCell[] {
  return images.map(({ id, file, captions }) => ({
    image: file,
    lines: [
      ...compared.map((one, i) => ({ text: `${one.name}: ${one.captions[id]}`, color: seriesColor(i) })),
      { text: `reference: ${captions[0]}`, color: colors.muted },
    ],
  }));
}

/** A point at the end of each epoch. */
function overTime({ epochs }: TrainingRecord, value: (epoch: EpochRecord) => number): Point[] {
  let seconds = 0;
  return epochs.map((epoch) => [(seconds += epoch.trainSeconds), value(epoch)]);
}

function trainedPerSecond({ epochs }: TrainingRecord): number {
  const sum = (of: (epoch: EpochRecord) => number) => epochs.reduce((total, epoch) => total + of(epoch), 0);
  return (
    sum(({ captionsPerSecond, trainSeconds }) => captionsPerSecond * trainSeconds) /
    sum((one) => one.trainSeconds)
  );
}
