import sharp from 'sharp';
import { namesSide } from '../data/sides';
import type { CaptionedImage } from '../data/types';
import type { Views } from '../features/views';
import { decodeImage } from '../images/decode';
import { imageGrid, type GridCell } from './image-grid';
import type { Picture } from './picture';

/** Most captions below a view. */
const LINES = 3;

/**
 * A picture as training sees it: each of its views, squashed to a square as for the encoder, with captions that it may
 * be paired with. Captions that name a side come first: below a mirrored view they are missing.
 *
 * @throws UserError if the image can't be read
 */
export async function viewGrid(
  { id, file, captions }: CaptionedImage,
  views: Views,
  { columns = 4, width = 200 }: { columns?: number; width?: number } = {},
): Promise<Picture> {
  const ordered = [...captions.filter(namesSide), ...captions.filter((caption) => !namesSide(caption))];
  const cells = views.of(id).map(async (view, number): Promise<GridCell> => {
    const pixels = await decodeImage(file, width, file, view);
    const paired = ordered.filter((caption) => !(view.flip && namesSide(caption)));
    return {
      image: await sharp(pixels, { raw: { width, height: width, channels: 3 } })
        .png()
        .toBuffer(),
      title: `view ${number}${view.flip ? ', mirrored' : ''}`,
      lines: paired.slice(0, LINES).map((text) => ({ text })),
    };
  });
  return imageGrid(await Promise.all(cells), { columns, width, height: width });
}
