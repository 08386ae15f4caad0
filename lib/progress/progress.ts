/** Reports the progress of a long task. */
export interface Progress {
  /** So many of the total are done; the note (a loss, a file name) replaces the last one. */
  update(done: number, note?: string): void;
  /** The end, reached or not: shows the last state once more. Calls after it do nothing. */
  finish(note?: string): void;
}

/** Starts to show one piece of work: its name and how many steps it has. Long functions take one as an option. */
export type StartProgress = (label: string, total: number) => Progress;

/** The progress of several tasks in one place, one after the other. */
export interface ProgressLine {
  start: StartProgress;
  /** What remains to be read there in the end. */
  finish(text: string): void;
}

/** Shows nothing. */
export const silentProgress: StartProgress = () => ({ update: () => {}, finish: () => {} });
