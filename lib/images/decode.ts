import sharp from 'sharp';
import { messageOf, UserError } from '../errors';

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
 * @returns [size, size, 3] values 0 to 255, row by row
 * @throws UserError when the file is not there or cannot be decoded
 */
export async function decodeImage(
  source: string | Buffer,
  size: number,
  name = typeof source === 'string' ? source : 'The picture',
): Promise<Uint8Array> {
  try {
    const { data, info } = await sharp(source, { failOn: 'error' })
      .rotate()
      .flatten({ background: 'white' })
      .toColourspace('srgb')
      .resize(size, size, { fit: 'fill' })
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) {
      throw new Error(`it has ${info.channels} channels`);
    }
    return data;
  } catch (error) {
    throw new UserError(`${name} cannot be decoded (${messageOf(error)}): replace the file.`);
  }
}
