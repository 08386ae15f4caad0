import { scoreLabel } from '../metrics/registry';
import { lineChart, type LineChart, type Point } from './chart';

/** Measurements of a training: points of [epoch, value]. Epochs may be fractions (2.5: amid the third). */
export interface TrainingCurves {
  trainLoss: Point[];
  validationLoss: Point[];
  /** By name; fractions, as lib/metrics gives them. */
  scores: Record<string, Point[]>;
}

/** The charts of a training run: losses, and the scores of generated captions. A chart without a point is left out. */
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
  const curves = Object.entries(scores).map(([name, points]) => ({
    name: scoreLabel(name),
    points: hundredfold(points),
  }));
  if (curves.some(({ points }) => points.length > 0)) {
    charts.push(
      lineChart(curves, {
        title: 'Generated captions, validation images',
        xLabel: 'epoch',
        yLabel: 'score × 100',
      }),
    );
  }
  return charts;
}
