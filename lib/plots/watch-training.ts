import type { TrainingHooks } from '../training/hooks';
import type { TrainingRecord } from '../training/record';
import { liveChart } from './live';
import { trainingCharts, type TrainingCurves } from './training-charts';

/** Weight of the newest step in the running mean of the training loss that is drawn. */
const NEWEST_FIRST = 0.05;

/** Hooks for the trainer, and what draws the charts for the last time. */
export interface TrainingWatch extends Pick<TrainingHooks, 'onStep' | 'onEpoch'> {
  /** @param record shown instead where no step was seen, because the training was finished before */
  finish(record?: TrainingRecord): Promise<void>;
}

/** Charts of losses and scores that grow while a captioner trains. */
export function watchTraining(): TrainingWatch {
  const chart = liveChart();
  const steps: TrainingCurves['trainLoss'] = [];
  let validation: Omit<TrainingCurves, 'trainLoss'> = { validationLoss: [], scores: {} };
  let mean: number | undefined;
  const draw = () => chart.update(trainingCharts({ trainLoss: steps, ...validation }));
  return {
    onStep({ epoch, loss }) {
      mean = mean === undefined ? loss : mean + NEWEST_FIRST * (loss - mean);
      steps.push([epoch, mean]);
      draw();
    },
    onEpoch(record) {
      validation = epochCurves(record);
      draw();
    },
    finish(record) {
      if (record && steps.length === 0) chart.update(trainingCharts(recordedCurves(record)));
      return chart.finish();
    },
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
    validationLoss: epochs
      .filter(({ validationLoss }) => Number.isFinite(validationLoss))
      .map(({ epoch, validationLoss }) => [epoch, validationLoss]),
    scores: Object.fromEntries(
      Object.keys(epochs[0]?.scores ?? {}).map((name) => [
        name,
        epochs.map(({ epoch, scores }) => [epoch, scores[name]]),
      ]),
    ),
  };
}
