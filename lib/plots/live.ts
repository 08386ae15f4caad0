import { inNotebook, newFigurePlace } from '../tslab';
import type { Chart } from './chart';
import { drawCharts } from './figure';
import { showChart } from './show';

/** Charts that grow while work goes on. */
export interface LiveChart {
  /** The charts as they are now. Cheap to call at each step: it draws only now and then. */
  update(charts: readonly Chart[]): void;
  /** Draws the last state. In a saved notebook this alone remains. */
  finish(): Promise<void>;
}

/**
 * Starts a place below the cell whose charts are replaced at each update. Outside a notebook nothing shows until
 * `finish()`, which then does what `showChart` does.
 *
 * @param seconds the least time between two drawings
 */
export function liveChart({ seconds = 3 }: { seconds?: number } = {}): LiveChart {
  const place = inNotebook() ? newFigurePlace() : undefined;
  place?.reserve('The charts will be here.'); // above what is shown while the first figures are computed
  let latest: readonly Chart[] = [];
  let drawnAt = -Infinity;
  let drawing: Promise<void> | undefined;
  let failure: Error | undefined;

  async function draw(): Promise<void> {
    if (!place || latest.length === 0) return;
    place.show(await drawCharts(latest));
  }

  return {
    update(charts) {
      latest = charts;
      const now = performance.now() / 1000;
      if (!place || drawing || now - drawnAt < seconds) return;
      drawnAt = now;
      drawing = draw()
        .catch((thrown: unknown) => {
          // Training must not end because of a figure: finish() throws.
          failure = thrown instanceof Error ? thrown : new Error(String(thrown));
        })
        .finally(() => {
          drawing = undefined;
        });
    },
    async finish() {
      await drawing;
      if (failure) throw failure;
      if (!place) await showChart(...latest);
      else if (latest.length > 0) await draw();
      else place.reserve('');
    },
  };
}
