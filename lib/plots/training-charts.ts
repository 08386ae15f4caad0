import { lineChart, type LineChart, type Point } from './chart';

/** What training has measured so far: points of [epoch, value]. Epochs may be fractions (2.5: amid the third). */
export interface TrainingCurves {
  trainLoss: Point[];
  validationLoss: Point[];
  /** Fractions, as lib/metrics gives them. */
  bleu4: Point[];
  cider: Point[];
}

/** The charts of a training run: losses, and the scores of generated captions. A chart without a point is left out. */
export function trainingCharts({ trainLoss, validationLoss, bleu4, cider }: TrainingCurves): LineChart[] {
  const hundredfold = (points: Point[]): Point[] => points.map(([x, y]) => [x, 100 * y]);
  const charts: LineChart[] = [];
  if (trainLoss.length + validationLoss.length > 0) {
    charts.push(
      lineChart(
        [
          { name: 'training', points: trainLoss },
          { name: 'validation', points: validationLoss },
        ],
        { title: 'Loss', xLabel: 'epoch', yLabel: 'cross-entropy per word' },
      ),
    );
  }
  if (bleu4.length + cider.length > 0) {
    charts.push(
      lineChart(
        [
          { name: 'BLEU-4', points: hundredfold(bleu4) },
          { name: 'CIDEr', points: hundredfold(cider) },
        ],
        { title: 'Generated captions, validation images', xLabel: 'epoch', yLabel: 'score × 100' },
      ),
    );
  }
  return charts;
}
