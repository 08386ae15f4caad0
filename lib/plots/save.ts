import { extname } from 'node:path';
import sharp from 'sharp';
import { UserError } from '../errors';
import { writeAtomically } from '../files';
import type { Chart } from './chart';
import { chartsSvg, PLAIN_DENSITY, type Figure } from './figure';
import { loadFonts } from './fonts';

/** Of drawings that become PNG or JPEG, in dots an inch: twice as fine as on a screen, for print. */
const PRINT_DENSITY = 2 * PLAIN_DENSITY;

/** What can be saved: one chart or several side by side, a figure of images, or a drawing (SVG). */
export type Saved = Chart | readonly Chart[] | Figure | Promise<Figure> | string;

/**
 * Saves a figure. Charts and drawings are lines in an SVG; a figure of images is one image in it.
 * @param figure charts of `lib/plots/chart`, what `imageGrid` or `attentionGrid` returns, or the SVG of `architectureSvg`
 * @param file ends with .svg, .png, .jpg or .jpeg
 * @throws UserError for another ending, and where the file cannot be written
 */
export async function saveFigure(figure: Saved, file: string): Promise<void> {
  const ending = extname(file).slice(1).toLowerCase();
  const drawn = await figure;
  switch (ending) {
    case 'svg':
      return writeAtomically(file, isFigure(drawn) ? svgOfImage(drawn) : svgOf(drawn));
    case 'png':
    case 'jpg':
    case 'jpeg': {
      await loadFonts();
      const image = isFigure(drawn)
        ? sharp(drawn.data)
        : sharp(Buffer.from(svgOf(drawn)), { density: PRINT_DENSITY });
      const data =
        ending === 'png' ? image.png() : image.flatten({ background: 'white' }).jpeg({ quality: 92 });
      return writeAtomically(file, await data.toBuffer());
    }
    default:
      throw wrongEnding(file);
  }
}

/** Checks, before the work, that a figure can be saved under this name. @throws UserError for another ending */
export function checkFigureName(file: string): void {
  if (!/\.(svg|png|jpe?g)$/i.test(file)) throw wrongEnding(file);
}

const wrongEnding = (file: string) =>
  new UserError(`${file}: expected a name that ends with .svg, .png or .jpg.`);

const isFigure = (drawn: Awaited<Saved>): drawn is Figure => typeof drawn === 'object' && 'data' in drawn;

function svgOf(drawn: Exclude<Awaited<Saved>, Figure>): string {
  if (typeof drawn === 'string') return drawn;
  return chartsSvg('kind' in drawn ? [drawn] : drawn);
}

function svgOfImage({ data, format, width, height }: Figure): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">` +
    `<image width="${width}" height="${height}" href="data:image/${format};base64,${data.toString('base64')}"/></svg>`
  );
}
