import sharp from 'sharp';
import { messageOf, PictureError } from '../errors';
import { jitterColours, mirror, type Box, type View } from './augment';

// Several pictures are decoded at once, so one thread each; and no picture is decoded twice.
sharp.concurrency(1);
sharp.cache(false);

/** Changes when the same file gives other pixels than before: cached features are then made anew. */
export const DECODING_VERSION = 1;

/**
 * Decodes a picture and squashes it to a square; the aspect ratio is not kept. EXIF orientation is
 * applied; grey, CMYK and 16-bit pictures become 8-bit sRGB; what is transparent becomes white.
 * Of an animation the first frame is taken.
 * @param source path of an image file, or its bytes
 * @param size height and width of the result, in pixels
 * @param name what error messages call it
 * @param view a variant of the picture instead of the picture as it is
 * @returns [size, size, 3] values 0 to 255, row by row
 * @throws PictureError when the file is not there or cannot be decoded
 */
export async function decodeImage(
  source: string | Buffer,
  size: number,
  name = typeof source === 'string' ? source : 'The picture',
  view: View = { flip: false },
): Promise<Uint8Array> {
  try {
    const upright = sharp(source, { failOn: 'error' }).rotate();
    const { data, info } = await (view.crop ? upright.extract(await boxOf(source, view.crop)) : upright)
      .flatten({ background: 'white' })
      .toColourspace('srgb')
      .resize(size, size, { fit: 'fill' })
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) {
      throw new Error(`it has ${info.channels} channels`);
    }
    const jittered = view.jitter ? jitterColours(data, view.jitter) : data;
    return view.flip ? mirror(jittered, size) : jittered;
  } catch (error) {
    throw new PictureError(`${name} cannot be decoded (${messageOf(error)}): replace the file.`);
  }
}

/** What a crop cuts out of a picture as it is shown: with the EXIF orientation applied. */
async function boxOf(source: string | Buffer, crop: NonNullable<View['crop']>): Promise<Box> {
  const { autoOrient } = await sharp(source).metadata();
  return crop(autoOrient.width, autoOrient.height);
}
