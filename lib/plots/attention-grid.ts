import sharp from 'sharp';
import { UserError } from '../errors';
import { unreadable, imageGrid } from './image-grid';
import type { Figure } from './figure';

/** What the eye is led to: light yellow at the most attention, over purple, to dark at none. */
const heatColors: readonly (readonly [red: number, green: number, blue: number])[] = [
  [13, 8, 60],
  [110, 20, 120],
  [205, 65, 90],
  [250, 160, 60],
  [252, 245, 160],
];
/** Opacity of the heat map over the image. */
const HEAT_OPACITY = 0.55;

/**
 * A caption's words, each over the image with the attention of that word as a heat map. The first cell is the image alone.
 * For each word the colors run from its least to its greatest attention.
 *
 * @param image path or encoded bytes
 * @param words the words of the caption
 * @param attention for each word, the weights of the regions, row by row: [words, rows * columns]
 * @param grid how the regions lie on the image
 * @throws UserError if these sizes don't fit together, or the image can't be read
 */
export async function attentionGrid(
  image: string | Buffer,
  words: readonly string[],
  attention: readonly ArrayLike<number>[],
  grid: readonly [rows: number, columns: number],
  { columns = 5, width = 180, title = '' }: { columns?: number; width?: number; title?: string } = {},
): Promise<Figure> {
  const [rows, gridColumns] = grid;
  if (words.length === 0)
    throw new UserError('There is no word to show attention for: give a caption with at least one.');
  if (attention.length !== words.length) {
    throw new UserError(
      `There are ${words.length} words but attention for ${attention.length}: give as many of both.`,
    );
  }
  for (const weights of attention) {
    if (weights.length !== rows * gridColumns || !Array.from(weights).every(Number.isFinite)) {
      throw new UserError(
        `Attention over ${rows} x ${gridColumns} regions needs ${rows * gridColumns} finite numbers a word, not ${weights.length}.`,
      );
    }
  }
  const pixels = await readPixels(image, width);
  const cells = await Promise.all(
    words.map(async (word, i) => ({
      image: await overlay(pixels, attention[i], rows, gridColumns),
      title: word,
    })),
  );
  const original = { image: await encode(pixels) };
  return imageGrid([original, ...cells], { columns, width, height: pixels.height, title });
}

/** Pixels row by row, three bytes each: [height, width, 3]. */
interface Pixels {
  data: Buffer;
  width: number;
  height: number;
}

async function readPixels(image: string | Buffer, width: number): Promise<Pixels> {
  try {
    const { data, info } = await sharp(image, { failOn: 'error' })
      .rotate()
      .flatten({ background: '#ffffff' })
      // A very tall or wide image must not blow up the grid.
      .resize(width, 2 * width, { fit: 'inside' })
      .toColorspace('srgb')
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { data, width: info.width, height: info.height };
  } catch (thrown) {
    throw unreadable(image, thrown);
  }
}

/** The image under the heat map of one word. */
async function overlay(
  pixels: Pixels,
  weights: ArrayLike<number>,
  rows: number,
  columns: number,
): Promise<Buffer> {
  const all = Array.from(weights);
  const least = Math.min(...all);
  const range = Math.max(...all) - least || 1;
  const small = Buffer.from(all.map((weight) => Math.round((255 * (weight - least)) / range)));
  const heat = await sharp(small, { raw: { width: columns, height: rows, channels: 1 } })
    .resize(pixels.width, pixels.height, { fit: 'fill', kernel: 'cubic' }) // smooth between the regions
    .toColorspace('b-w')
    .raw()
    .toBuffer(); // [height, width]
  const mixed = Buffer.alloc(pixels.data.length);
  for (let pixel = 0; pixel < heat.length; pixel++) {
    const color = heatColor(heat[pixel] / 255);
    for (let channel = 0; channel < 3; channel++) {
      const at = 3 * pixel + channel;
      mixed[at] = (1 - HEAT_OPACITY) * pixels.data[at] + HEAT_OPACITY * color[channel];
    }
  }
  return encode({ ...pixels, data: mixed });
}

/** The color of a weight from 0 to 1. */
function heatColor(weight: number): [number, number, number] {
  const at = weight * (heatColors.length - 1);
  const lower = Math.min(Math.floor(at), heatColors.length - 2);
  const share = at - lower;
  const [from, to] = [heatColors[lower], heatColors[lower + 1]];
  return [0, 1, 2].map((i) => (1 - share) * from[i] + share * to[i]) as [number, number, number];
}

function encode({ data, width, height }: Pixels): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toBuffer();
}
