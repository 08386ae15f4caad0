import { scoreLabel } from '../metrics/registry';
import { lineChart, type LineChart, type Point } from './chart';

/** Measurements of a training: points of [epoch, value]. Epochs may be fractions (2.5: amid the third). */
export interface TrainingCurves {
  trainLoss: Point[];
  validationLoss: Point[];
  /** By name; fractions, as lib/metrics gives them. */
  scores: Record<string, Point[]>;
}

/** The charts of a training run: losses, and each score of generated captions. A chart without a point is left out. */
export function trainingCharts({ trainLoss, validationLoss, scores }: TrainingCurves): LineChart[] {
  const hundredfold = (points: Point[]): Point[] => points.map(([x, y]) => [x, 100 * y]);
  const charts: LineChart[] = [];
  if (trainLoss.length + validationLoss.length > 0) {
    charts.push(
      lineChart(
        [
          { name: 'training', points: trainLoss },
          { name: 'validation', points: validationLoss },
        ],
        { title: 'Loss', xLabel: 'epoch', yLabel: 'nats per token' },
      ),
    );
  }
  // A chart for each score: CIDEr may be ten times as high as BLEU-4.
  for (const [name, points] of Object.entries(scores)) {
    if (points.length === 0) continue;
    const label = scoreLabel(name);
    const labels = { title: `${label}, validation images`, xLabel: 'epoch', yLabel: 'score × 100' };
    charts.push(lineChart([{ name: label, points: hundredfold(points) }], labels));
  }
  return charts;
}
