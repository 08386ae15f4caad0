import sharp, { type OverlayOptions } from 'sharp';
import type { Chart } from './chart';
import { colors } from './colors';
import { loadFonts } from './fonts';
import { drawSvg } from './svg';

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
const SCALE = 1.3;
const WIDTH_ALONE = 640;
const WIDTH_BESIDE = 460;

export interface ChartsOptions {
  /** Most charts in a row (default: all). */
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
  const {
    columns = charts.length,
    width = charts.length === 1 ? WIDTH_ALONE : WIDTH_BESIDE,
    height,
  } = options;
  const drawn = await Promise.all(
    charts.map((chart) =>
      sharp(Buffer.from(drawSvg(chart, { width, height })), { density: 72 * SCALE })
        .png()
        .toBuffer({ resolveWithObject: true }),
    ),
  );
  const placed: OverlayOptions[] = [];
  const size = { width: 0, height: 0 };
  for (let start = 0; start < drawn.length; start += columns) {
    const top = size.height;
    let left = 0;
    for (const { data, info } of drawn.slice(start, start + columns)) {
      placed.push({ input: data, left, top });
      left += info.width;
      size.width = Math.max(size.width, left);
      size.height = Math.max(size.height, top + info.height);
    }
  }
  const data = await sharp({ create: { ...size, channels: 3, background: colors.background } })
    .composite(placed)
    .png({ palette: true, colors: 128 })
    .toBuffer();
  return { name: fileName(charts.map(({ title }) => title).join(' ')), format: 'png', data, ...size };
}

/** A title as the name of a file: small letters, digits and dashes. */
export function fileName(title: string): string {
  const plain = title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
  return plain.replace(/^-|-$/g, '').slice(0, 60) || 'figure';
}
