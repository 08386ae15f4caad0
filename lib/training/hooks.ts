import type { StartProgress } from '../progress/progress';
import type { TrainingRecord } from './record';

/** What a training reports while it runs, and what can stop it. */
export interface TrainingHooks {
  progress?: StartProgress;
  /** Asks to stop at the next step, with a checkpoint. */
  signal?: AbortSignal;
  /** Called where a stage of training goes on, or had ended before, with its epochs so far. */
  onResume?: (record: TrainingRecord, stage: string) => void;
  /** Called after each step; `epoch` counts fractions too: 1.5 is the middle of the second. */
  onStep?: (state: { stage: string; step: number; epoch: number; loss: number }) => void;
  /** Called with a sentence on what is done with what the folder holds already: "Going on after epoch 3, …". */
  onNote?: (sentence: string) => void;
  /** Called after each epoch. */
  onEpoch?: (record: TrainingRecord, stage: string) => void;
}
