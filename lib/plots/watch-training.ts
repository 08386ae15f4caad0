import type { TrainingHooks } from '../training/trainer';
import type { TrainingRecord } from '../training/record';
import { liveChart } from './live';
import { trainingCharts, type TrainingCurves } from './training-charts';

/** Weight of the newest step in the running mean of the training loss that is drawn. */
const newest = 0.05;

/** Charts of losses and scores that grow while a captioner trains: hooks for the trainer. */
export function watchTraining(): Pick<TrainingHooks, 'onStep' | 'onEpoch'> & { finish(): Promise<void> } {
  const chart = liveChart();
  const steps: TrainingCurves['trainLoss'] = [];
  let scores: Omit<TrainingCurves, 'trainLoss'> = { validationLoss: [], bleu4: [], cider: [] };
  let mean: number | undefined;
  const draw = () => chart.update(trainingCharts({ trainLoss: steps, ...scores }));
  return {
    onStep({ epoch, loss }) {
      mean = mean === undefined ? loss : mean + newest * (loss - mean);
      steps.push([epoch, mean]);
      draw();
    },
    onEpoch(record) {
      scores = epochCurves(record);
      draw();
    },
    finish: () => chart.finish(),
  };
}

/** The curves of a training that has ended: one point an epoch. */
export function recordedCurves(record: TrainingRecord): TrainingCurves {
  return {
    trainLoss: record.epochs.map(({ epoch, trainLoss }) => [epoch, trainLoss]),
    ...epochCurves(record),
  };
}

function epochCurves({ epochs }: TrainingRecord): Omit<TrainingCurves, 'trainLoss'> {
  return {
    validationLoss: epochs.map(({ epoch, validationLoss }) => [epoch, validationLoss]),
    bleu4: epochs.map(({ epoch, bleu4 }) => [epoch, bleu4]),
    cider: epochs.map(({ epoch, cider }) => [epoch, cider]),
  };
}
