import sharp from 'sharp';
import { mentionsLeftRight } from '../data/left-right';
import type { CaptionedImage } from '../data/types';
import type { Augmentations } from '../vision/features/augmentations';
import { decodeImage } from '../vision/images/decode';
import { imageGrid, type GridCell } from './image-grid';
import type { Figure } from './figure';

/** Most captions below a variant. */
const LINES = 3;

/**
 * An image as training sees it: each of its augmentations, squashed to a square as for the encoder, with captions that it may
 * be paired with. Captions that mention a side come first: a mirrored variant has none of them.
 *
 * @throws UserError if the image can't be read
 */
export async function augmentationGrid(
  { id, file, captions }: CaptionedImage,
  augmentations: Augmentations,
  { columns = 4, width = 200 }: { columns?: number; width?: number } = {},
): Promise<Figure> {
  const ordered = [
    ...captions.filter(mentionsLeftRight),
    ...captions.filter((caption) => !mentionsLeftRight(caption)),
  ];
  const cells = augmentations.of(id).map(async (view, number): Promise<GridCell> => {
    const pixels = await decodeImage(file, { height: width, width }, file, view);
    const paired = ordered.filter((caption) => !(view.flip && mentionsLeftRight(caption)));
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
