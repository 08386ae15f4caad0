import type { StartProgress } from '../progress/progress';
import type { TrainingRecord } from './record';

/** What is told of a training while it runs, and what it is told. */
export interface TrainingHooks {
  progress?: StartProgress;
  /** Asks to stop at the next step, with a checkpoint. */
  signal?: AbortSignal;
  /** Called after each step; `epoch` counts parts too: 1.5 is the middle of the second. */
  onStep?: (state: { step: number; epoch: number; loss: number }) => void;
  /** Called after each epoch. */
  onEpoch?: (record: TrainingRecord) => void;
}
