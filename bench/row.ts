import type { Sizes } from './sizes';

/** One that takes part in a race: this project, a peer, or a part of this project's own work. */
export interface Contender {
  name: string;
  /** Does the work of one round and says how many seconds it took. */
  round(): Promise<number>;
  close?(): void;
}

/** The environments that peers run in: Keras' is the project's own; the others' is there with `--peers`. */
export interface Peers {
  /** Python with TensorFlow and Keras */
  keras: string;
  /** Python with PyTorch and onnxruntime */
  others?: string;
}

/** What a row may use. */
export interface Context {
  sizes: Sizes;
  /** measured rounds of each contender */
  rounds: number;
  peers: Peers;
  /** an empty folder, removed afterwards */
  folder: string;
}

/** What the issue that asked for the benchmarks wants of a comparison: a ratio of speeds, or of times. */
export type Goal = { speedAtLeast: number } | { timeAtMost: number };

/** The medians of a race. */
export interface Measure {
  name: string;
  median: number;
  rounds: number[];
}

export interface Comparison {
  /** "this project / PyTorch" */
  what: string;
  value: number;
  goal: Goal;
  met: boolean;
}

/** A figure that is not a speed, such as memory. */
export interface Figure {
  what: string;
  value: number;
  unit: string;
  /** "at most 2" */
  goal?: string;
  met?: boolean;
}

export interface Outcome {
  unit: string;
  measures: Measure[];
  comparisons: Comparison[];
  figures?: Figure[];
  notes: string[];
}

/** A row of the table: something measured. */
export interface Row {
  /** for `--only` */
  name: string;
  what: string;
  run(context: Context): Promise<Outcome>;
}

/** How the note begins of a peer, or of a whole row, that failed. */
export const FAILED = 'failed: ';

/** Why a row cannot be measured here; it is told in the table. */
export class NotMeasurable extends Error {}
