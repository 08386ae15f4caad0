import { SingleBar } from 'cli-progress';
import { Clock, percent, describeState } from './clock';
import type { Progress, StartProgress } from './progress';

const SECONDS_BETWEEN_LINES = 10;
const REDRAWS_PER_SECOND = 4;
const BAR_CELLS = 24;

/** cli-progress' bar redraws itself by a timer; the timer must not keep the process alive after an error. */
class QuietBar extends SingleBar {
  declare timer: NodeJS.Timeout | null;

  override render(): void {
    super.render();
    this.timer?.unref();
  }
}

/** A bar on a terminal, updated in place. It writes to stderr, so that stdout holds results only. */
export function barProgress(label: string, total: number): Progress {
  const clock = new Clock(label, total);
  let finished = false;
  const bar = new QuietBar({
    stream: process.stderr,
    fps: REDRAWS_PER_SECOND,
    forceRedraw: true, // the times go on between two updates
    linewrap: true, // it would be switched off for the whole terminal, and stay off after an error
    format: (_options, { progress }) => {
      const state = clock.state();
      const text = `${percent(state)} %  ${describeState(state, finished)}`;
      const width = (process.stderr.columns || 80) - 1;
      // On a narrow terminal the bar is what gets shorter, not what it says.
      const cells = Math.max(0, Math.min(BAR_CELLS, width - label.length - text.length - 2));
      const full = Math.round(Math.min(1, progress) * cells);
      const blocks = '█'.repeat(full) + '░'.repeat(cells - full);
      const line = [label, blocks, text].filter(Boolean).join(' ');
      return line.length > width ? `${line.slice(0, width - 1)}…` : line;
    },
  });
  bar.start(Math.max(1, total), 0);
  return {
    update(done, note) {
      if (finished) return;
      clock.update(done, note);
      bar.update(done);
    },
    finish(note) {
      if (finished) return;
      finished = true;
      const { done } = clock.state();
      clock.update(done, note);
      bar.stop();
    },
  };
}

/** Plain lines for logs and CI: one at the end, and before that one every 10 seconds at most. */
export function lineProgress(
  label: string,
  total: number,
  print: (line: string) => void = (line) => process.stderr.write(`${line}\n`),
  now?: () => number,
): Progress {
  const clock = new Clock(label, total, now);
  let printedAt = 0;
  let finished = false;
  return {
    update(done, note) {
      if (finished) return;
      clock.update(done, note);
      const state = clock.state();
      if (state.elapsed - printedAt < SECONDS_BETWEEN_LINES) return;
      printedAt = state.elapsed;
      print(`${label}: ${percent(state)} %, ${describeState(state, false)}`);
    },
    finish(note) {
      if (finished) return;
      finished = true;
      clock.update(clock.state().done, note);
      const state = clock.state();
      print(`${label}: ${percent(state)} %, ${describeState(state, true)}`);
    },
  };
}

/** A bar where stderr is a terminal, else plain lines. */
export const terminalProgress: StartProgress = (label, total) =>
  process.stderr.isTTY ? barProgress(label, total) : lineProgress(label, total);
