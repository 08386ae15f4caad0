/** How far a piece of work is, how long it has taken and how long it will still take. */
export interface ProgressState {
  label: string;
  total: number;
  done: number;
  note: string;
  /** Seconds since the start. */
  elapsed: number;
  /** Seconds, or undefined while there is nothing to estimate them from. */
  remaining: number | undefined;
}

/** How fast old speeds are forgotten: after so many seconds they count 1/e. */
const MEMORY_SECONDS = 30;
/** What is reported sooner than this was there before (a resumed run, a cache) and does not count for the speed. */
const INSTANT_SECONDS = 0.1;

/**
 * Keeps the state of one piece of work. The speed is an average over the recent past, weighted by time, so
 * that the remaining time neither jumps with each step nor clings to a slow start.
 */
export class Clock {
  private readonly start: number;
  private last: number;
  private done = 0;
  private note = '';
  private recentDone = 0;
  private recentSeconds = 0;

  /** `now` gives seconds; tests pass their own. */
  constructor(
    private readonly label: string,
    private readonly total: number,
    private readonly now: () => number = () => performance.now() / 1000,
  ) {
    this.start = this.last = now();
  }

  update(done: number, note = this.note): void {
    const time = this.now();
    const seconds = time - this.last;
    const foundDone = this.done === 0 && time - this.start < INSTANT_SECONDS;
    if (!foundDone) {
      const keep = Math.exp(-seconds / MEMORY_SECONDS);
      this.recentDone = this.recentDone * keep + (done - this.done);
      this.recentSeconds = this.recentSeconds * keep + seconds;
    }
    this.last = time;
    this.done = done;
    this.note = note;
  }

  state(): ProgressState {
    const speed = this.recentDone / this.recentSeconds; // steps per second
    const sinceLast = this.now() - this.last;
    return {
      label: this.label,
      total: this.total,
      done: this.done,
      note: this.note,
      elapsed: this.now() - this.start,
      remaining:
        speed > 0 && Number.isFinite(speed)
          ? Math.max(0, (this.total - this.done) / speed - sinceLast)
          : undefined,
    };
  }
}

/** Seconds in words: `8 s`, `2 min 05 s`, `1 h 20 min`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const pad = (value: number) => String(value).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

/** The share that is done in whole percent, 0 to 100; 100 only at the end. */
export function percent({ done, total }: ProgressState): number {
  return total > 0 ? Math.min(100, Math.max(0, Math.floor((100 * done) / total))) : 100;
}

/** The text beside a progress bar: the counts, the times and the note. */
export function describeState(state: ProgressState, finished: boolean): string {
  const words = [`${state.done} / ${state.total}`];
  if (finished) {
    words.push(`took ${duration(state.elapsed)}`);
  } else {
    words.push(`${duration(state.elapsed)} elapsed`);
    if (state.remaining !== undefined) words.push(`${duration(state.remaining)} remaining`);
  }
  if (state.note !== '') words.push(state.note);
  return words.join(' · ');
}
