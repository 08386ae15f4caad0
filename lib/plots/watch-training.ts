import type { TrainingHooks } from '../training/hooks';
import type { TrainingRecord } from '../training/record';
import type { Point } from './chart';
import { liveChart } from './live';
import { trainingCharts, type TrainingCurves } from './training-charts';

/** Weight of the newest step in the running mean of the training loss that is drawn. */
const NEWEST_FIRST = 0.05;

/** Hooks for the trainer, and what draws the charts for the last time. */
export interface TrainingWatch extends Required<Pick<TrainingHooks, 'onResume' | 'onStep' | 'onEpoch'>> {
  /** @param trained shown where no stage was seen, because the training was finished before */
  finish(trained?: { record: TrainingRecord; scstRecord?: TrainingRecord }): Promise<void>;
}

/** What is known of a stage of a training: the epochs that have ended, and the steps seen. */
export interface WatchedStage {
  record: TrainingRecord;
  /** the running mean of the loss over [epochs] */
  steps: Point[];
}

/** Charts of losses and scores that grow while a captioner trains; one that is resumed is drawn from its first epoch on. */
export function watchTraining(): TrainingWatch {
  const chart = liveChart();
  const stages = new Map<string, WatchedStage>();
  const stageOf = (name: string): WatchedStage => {
    const known = stages.get(name) ?? { record: { epochs: [], best: 0 }, steps: [] };
    stages.set(name, known);
    return known;
  };
  const draw = () => chart.update(trainingCharts(curvesOf([...stages.values()])));
  const keep = (record: TrainingRecord, stage: string) => {
    stageOf(stage).record = record;
    draw();
  };
  return {
    onResume: keep,
    onEpoch: keep,
    onStep({ stage, epoch, loss }) {
      const { steps } = stageOf(stage);
      const mean = steps.at(-1)?.[1] ?? loss;
      steps.push([epoch, mean + NEWEST_FIRST * (loss - mean)]);
      draw();
    },
    finish(trained) {
      const records = [trained?.record, trained?.scstRecord].filter((record) => record !== undefined);
      if (stages.size === 0)
        chart.update(trainingCharts(curvesOf(records.map((record) => ({ record, steps: [] })))));
      return chart.finish();
    },
  };
}

/**
 * The curves of the stages of a training, one after the other. The training loss is that of the first: what
 * self-critical training minimizes is no loss in nats per token.
 */
export function curvesOf(stages: readonly WatchedStage[]): TrainingCurves {
  const epochs = stages.flatMap(({ record }) => record.epochs).map((one, i) => ({ ...one, epoch: i + 1 }));
  const names = new Set(epochs.flatMap(({ scores }) => Object.keys(scores)));
  return {
    trainLoss: stages.length > 0 ? trainLossOf(stages[0]) : [],
    validationLoss: epochs
      .filter(({ validationLoss }) => Number.isFinite(validationLoss))
      .map(({ epoch, validationLoss }) => [epoch, validationLoss]),
    scores: Object.fromEntries(
      [...names].map((name) => [
        name,
        epochs
          .filter(({ scores }) => name in scores)
          .map(({ epoch, scores }): Point => [epoch, scores[name]]),
      ]),
    ),
  };
}

/** A point for each epoch that had ended before the first step was seen, then the steps. */
function trainLossOf({ record, steps }: WatchedStage): Point[] {
  const begin = steps[0]?.[0] ?? Infinity;
  const before = record.epochs.filter(({ epoch }) => epoch < begin);
  return [...before.map(({ epoch, trainLoss }): Point => [epoch, trainLoss]), ...steps];
}
