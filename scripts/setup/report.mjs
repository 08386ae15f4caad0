/*
 * Shows the progress of set-up and notebooks. On a terminal one line is updated in place;
 * elsewhere (CI, a log file) plain lines are written.
 */

const SPINNER_FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const PLAIN_INTERVAL_MS = 30_000;
const LIVE_INTERVAL_MS = 120;

/**
 * @typedef {{ note(text: string): void, done(): void, fail(): void }} Task
 */

/** Starts tasks on a stream and shows their progress. */
export class Report {
  /** @param {NodeJS.WriteStream} stream */
  constructor(stream) {
    this.stream = stream;
    this.live = stream.isTTY && !process.env.CI && process.env.TERM !== 'dumb';
  }

  /** @param {string} text */
  line(text) {
    this.stream.write(`${text}\n`);
  }

  /**
   * Shows a task until it is done or has failed: its name, the time it takes and its last note.
   * @param {string} name
   * @returns {Task}
   */
  start(name) {
    const begin = Date.now();
    let note = '';
    let frame = 0;
    const elapsed = () => duration(Date.now() - begin).padStart(12);
    const draw = () => {
      const head = `${SPINNER_FRAMES[frame++ % SPINNER_FRAMES.length]} ${elapsed()}  ${name}  `;
      this.stream.write(`\r\x1b[2K${(head + note).slice(0, (this.stream.columns || 80) - 1)}`);
    };
    const writeLine = () => this.line(`… ${elapsed()}  ${name}  ${note}`.slice(0, 140));
    if (this.live) draw();
    const timer = setInterval(this.live ? draw : writeLine, this.live ? LIVE_INTERVAL_MS : PLAIN_INTERVAL_MS);
    /** @param {string} mark */
    const end = (mark) => {
      clearInterval(timer);
      if (this.live) this.stream.write('\r\x1b[2K');
      this.line(`${mark} ${elapsed()}  ${name}`);
    };
    return {
      note: (text) => (note = text.replace(/\s+/g, ' ').trim()),
      done: () => end('✓'),
      fail: () => end('✗'),
    };
  }
}

/**
 * A duration as people write it: 4.2 s, 2 min 05 s.
 * @param {number} milliseconds
 */
export function duration(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}
