import { escapeMarkup } from '../html';
import { tslabDisplay } from '../tslab';
import { Clock, percent, describeState, type ProgressState } from './clock';
import type { Progress, ProgressLine, StartProgress } from './progress';

const SECONDS_BETWEEN_DRAWINGS = 0.25;
const STYLE = 'font-family:sans-serif;font-size:13px;margin:2px 0';

/** An output below a cell that is replaced at each update: a saved notebook holds its last state alone. */
interface Display {
  html(markup: string): void;
}

/** A bar below the cell. Where styles are stripped (code-hosting sites) its text stays readable. */
export const notebookProgress: StartProgress = (label, total) =>
  progressOn(tslabDisplay().newDisplay(), label, total);

/** Progress bars one after the other in one place below the cell, which ends as one line of text. */
export function notebookProgressLine(): ProgressLine {
  const display = tslabDisplay().newDisplay();
  return {
    start: (label, total) => progressOn(display, label, total),
    finish: (text) => display.html(`<div style="${STYLE}">${escapeMarkup(text)}</div>`),
  };
}

function progressOn(display: Display, label: string, total: number): Progress {
  const clock = new Clock(label, total);
  let drawnAt = 0;
  let finished = false;
  display.html(progressHtml(clock.state(), false));
  return {
    update(done, note) {
      if (finished) return;
      clock.update(done, note);
      const state = clock.state();
      if (state.elapsed - drawnAt < SECONDS_BETWEEN_DRAWINGS) return;
      drawnAt = state.elapsed;
      display.html(progressHtml(state, false));
    },
    finish(note) {
      if (finished) return;
      finished = true;
      clock.update(clock.state().done, note);
      display.html(progressHtml(clock.state(), true));
    },
  };
}

/** The bar as HTML. Its text takes the color of the page, light or dark. */
export function progressHtml(state: ProgressState, finished: boolean): string {
  const share = percent(state);
  const color = finished && state.done < state.total ? '#b45309' : finished ? '#15803d' : '#2563eb';
  return (
    `<div style="${STYLE}">` +
    `<b>${escapeMarkup(state.label)}</b> ` +
    `<span style="display:inline-block;width:200px;height:10px;margin:0 8px;background:#9ca3af55;border-radius:5px">` +
    `<span style="display:block;width:${share}%;height:10px;background:${color};border-radius:5px"></span></span>` +
    `${share} % · ${escapeMarkup(describeState(state, finished))}</div>`
  );
}
