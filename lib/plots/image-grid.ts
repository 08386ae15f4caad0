import sharp, { type OverlayOptions } from 'sharp';
import { UserError, messageOf } from '../errors';
import { colors } from './colors';
import { fileName, type Figure } from './figure';
import { drawText, type DrawnText, type TextLine } from './text';

/** An image with its title and lines of text. */
export interface GridCell {
  /** Path of an image, or its encoded bytes. */
  image: string | Buffer;
  /** One line above the image, in bold. */
  title?: string;
  /** Lines below the image, such as captions; long ones wrap. */
  lines?: TextLine[];
}

export interface GridOptions {
  /** Most images in a row (default 3). */
  columns?: number;
  /** Width of an image in pixels (default 300). */
  width?: number;
  /** Height of an image in pixels (default: 3/4 of the width). Images are shown whole. */
  height?: number;
  /** A heading over all of it. */
  title?: string;
}

const GAP = 16;
const LINE_GAP = 8;
/** Quality of JPEG: six photographs with captions stay near 100 KB, so that notebooks stay small. */
const QUALITY = 74;

interface DrawnCell {
  image: Buffer;
  title: DrawnText | undefined;
  lines: DrawnText | undefined;
}

/**
 * Images in rows, each with its captions below, as one JPEG.
 *
 * @throws UserError if there is no cell, or an image can't be read; it names the file
 */
export async function imageGrid(cells: readonly GridCell[], options: GridOptions = {}): Promise<Figure> {
  const { width = 300, height = Math.round(width * 0.75), title = '' } = options;
  if (cells.length === 0) throw new UserError('There are no images to show: give at least one.');
  const columns = Math.max(1, Math.min(options.columns ?? 3, cells.length));
  const drawn = await Promise.all(
    cells.map(async (cell): Promise<DrawnCell> => ({
      image: await frameImage(cell.image, width, height),
      title: await drawText([{ text: cell.title ?? '', bold: true }], width),
      lines: await drawText(cell.lines ?? [], width),
    })),
  );
  const wholeWidth = GAP + columns * (width + GAP);
  const heading = await drawText([{ text: title, bold: true }], wholeWidth - 2 * GAP, 20);

  const parts: OverlayOptions[] = [];
  const place = (text: DrawnText | undefined, left: number, top: number) => {
    if (text) parts.push({ input: text.data, left, top });
    return text ? text.height : 0;
  };
  let top = GAP;
  if (heading) top += place(heading, GAP, top) + GAP;
  for (let start = 0; start < drawn.length; start += columns) {
    const row = drawn.slice(start, start + columns);
    // Titles of a row stand on one line above, captions start on one line below.
    const titleHeight = Math.max(...row.map((cell) => (cell.title ? cell.title.height + LINE_GAP : 0)));
    const linesHeight = Math.max(...row.map((cell) => (cell.lines ? cell.lines.height + LINE_GAP : 0)));
    row.forEach((cell, column) => {
      const left = GAP + column * (width + GAP);
      if (cell.title) place(cell.title, left, top + titleHeight - LINE_GAP - cell.title.height);
      parts.push({ input: cell.image, left, top: top + titleHeight });
      place(cell.lines, left, top + titleHeight + height + LINE_GAP);
    });
    top += titleHeight + height + linesHeight + GAP;
  }
  const size = { width: wholeWidth, height: top };
  const data = await sharp({ create: { ...size, channels: 3, background: colors.background } })
    .composite(parts)
    .jpeg({ quality: QUALITY, mozjpeg: true })
    .toBuffer();
  return { name: fileName(title || 'images'), format: 'jpeg', data, ...size };
}

/** An image turned upright, made to fit and centered on gray. */
async function frameImage(image: string | Buffer, width: number, height: number): Promise<Buffer> {
  try {
    return await sharp(image, { failOn: 'error' })
      .rotate()
      .flatten({ background: colors.background })
      .resize(width, height, { fit: 'contain', background: colors.frame })
      .toColorspace('srgb')
      .png({ compressionLevel: 1 })
      .toBuffer();
  } catch (thrown) {
    throw unreadable(image, thrown);
  }
}

/** The error for an image that sharp could not read. */
export function unreadable(image: string | Buffer, thrown: unknown): UserError {
  const which = typeof image === 'string' ? image : 'given as bytes';
  return new UserError(
    `The image ${which} can't be shown (${messageOf(thrown)}): check that it is there and whole.`,
  );
}
