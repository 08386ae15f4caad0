import sharp from 'sharp';
import type { Chart } from './chart';
import { colors } from './colors';
import { loadFonts } from './fonts';
import { drawSvg, heightOf } from './svg';

/** A finished figure, ready to be shown or written. */
export interface Figure {
  /** What it is called as a file, without ending. */
  name: string;
  format: 'png' | 'jpeg';
  data: Buffer;
  /** In pixels. */
  width: number;
  height: number;
}

/** Pixels of the figure for one of the drawing: sharp enough on fine screens, and still small in a notebook. */
export const SCALE = 1.3;
/** Dots an inch of a drawing whose pixels are one to one. */
export const PLAIN_DENSITY = 72;
/** Width of each chart by how many stand in a row: the row is then about as wide as a notebook's page. */
const WIDTHS = [640, 460, 360];

export interface ChartsOptions {
  /** Most charts in a row (default: three, in as many rows as they need). */
  columns?: number;
  /** Of each chart, in pixels. */
  width?: number;
  height?: number;
}

/**
 * Charts as one PNG, side by side. PNG because a notebook that was just downloaded shows it: JupyterLab hides SVG
 * until the notebook is trusted.
 */
export async function drawCharts(charts: readonly Chart[], options: ChartsOptions = {}): Promise<Figure> {
  await loadFonts();
  const { data, info } = await sharp(Buffer.from(chartsSvg(charts, options)), {
    density: PLAIN_DENSITY * SCALE,
  })
    .png({ palette: true, colors: 128 })
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  return { name: fileName(charts.map(({ title }) => title).join(' ')), format: 'png', data, width, height };
}

/** Charts as one SVG, side by side. */
export function chartsSvg(charts: readonly Chart[], options: ChartsOptions = {}): string {
  const { columns = Math.min(charts.length, WIDTHS.length) } = options;
  const { width = WIDTHS[Math.min(columns, WIDTHS.length) - 1], height } = options;
  const placed: string[] = [];
  let top = 0;
  for (let start = 0; start < charts.length; start += columns) {
    const row = charts.slice(start, start + columns);
    for (const [i, chart] of row.entries()) {
      const svg = drawSvg(chart, { width, height });
      placed.push(svg.replace('<svg ', `<svg x="${i * width}" y="${top}" `));
    }
    top += Math.max(...row.map((chart) => heightOf(chart, { width, height })));
  }
  const whole = columns * width;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${whole}" height="${top}" viewBox="0 0 ${whole} ${top}">` +
    `<rect width="${whole}" height="${top}" fill="${colors.background}"/>${placed.join('')}</svg>`
  );
}

/** A title as the name of a file: small letters, digits and dashes. */
export function fileName(title: string): string {
  const plain = title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
  return plain.replace(/^-|-$/g, '').slice(0, 60) || 'figure';
}
