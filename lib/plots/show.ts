import { join } from 'node:path';
import sharp from 'sharp';
import { architectureOf } from '../captioners/architecture';
import type { Captioner, CaptionerInputs } from '../captioners/captioner';
import { writeAtomically } from '../files';
import { inNotebook, newFigurePlace, tslabDisplay } from '../tslab';
import { drawArchitecture } from './architecture-drawing';
import type { Chart } from './chart';
import { drawCharts, fileName, PLAIN_DENSITY, SCALE, type Figure } from './figure';
import { loadFonts } from './fonts';
import { toPlotly } from './plotly';
import { drawSvg } from './svg';

/** Where figures go on a machine without a screen. */
const PLOTS_FOLDER = 'data/plots';

/**
 * Shows charts side by side: inline in a notebook (as one PNG, which stays in the saved notebook), in the browser
 * through nodeplotlib on a desktop, and else as SVG files whose paths it prints.
 */
export async function showChart(...charts: Chart[]): Promise<void> {
  if (charts.length === 0) return;
  if (inNotebook()) {
    // The display of the cell that asked: another one may run when the figure is ready.
    const place = newFigurePlace();
    place.show(await drawCharts(charts));
  } else if (hasScreen(process.env, process.platform)) {
    // Loaded here, because it brings a whole web server along.
    const { plot } = await import('nodeplotlib');
    for (const { data, layout } of charts.map(toPlotly)) plot(data, layout);
  } else {
    for (const chart of charts) writePlot(`${fileName(chart.title)}.svg`, drawSvg(chart));
  }
}

/** Shows a figure: inline in a notebook, else as a file whose path it prints. */
export async function showFigure(figure: Figure | Promise<Figure>): Promise<void> {
  const place = inNotebook() ? newFigurePlace() : undefined;
  const drawn = await figure;
  if (place) place.show(drawn);
  else writePlot(`${drawn.name}.${drawn.format === 'jpeg' ? 'jpg' : 'png'}`, drawn.data);
}

/**
 * Shows the drawing of a captioner's layers: inline in a notebook, else as an SVG file whose path it prints.
 * @param inputs what the captioner was created with
 */
export async function showArchitecture(
  captioner: Captioner,
  inputs: CaptionerInputs,
  title = 'Captioner',
): Promise<void> {
  const svg = architectureSvg(captioner, inputs, title);
  if (!inNotebook()) {
    writePlot(`${fileName(title)}.svg`, svg);
    return;
  }
  const place = newFigurePlace();
  await loadFonts();
  const { data, info } = await sharp(Buffer.from(svg), { density: PLAIN_DENSITY * SCALE })
    .png({ palette: true })
    .toBuffer({ resolveWithObject: true });
  place.show({ format: 'png', data, width: info.width, height: info.height });
}

/** The drawing of a captioner's layers, for `saveFigure`. */
export const architectureSvg = (captioner: Captioner, inputs: CaptionerInputs, title = 'Captioner'): string =>
  drawArchitecture(architectureOf(captioner, inputs), title);

/** Shows Markdown, such as `scoreTable` makes: rendered in a notebook, as it is elsewhere. */
export function showMarkdown(markdown: string): void {
  if (inNotebook()) tslabDisplay().display.markdown(markdown);
  else process.stdout.write(`${markdown}\n`);
}

/** Can a browser open here? A port for nodeplotlib also says yes: then its user opens the page. */
export function hasScreen(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): boolean {
  if (env['NODEPLOTLIB_PORT']) return true;
  if (env['CI']) return false;
  return platform === 'darwin' || platform === 'win32' || Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY']);
}

function writePlot(name: string, content: string | Buffer): void {
  const file = join(PLOTS_FOLDER, name);
  writeAtomically(file, content);
  process.stderr.write(`${file}\n`);
}
