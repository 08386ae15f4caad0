import sharp from 'sharp';
import { messageOf, PictureError } from '../../errors';
import { jitterColors, flipHorizontally, type Box, type Augmentation } from './augment';

// Several pictures are decoded at once, so one thread each; and no picture is decoded twice.
sharp.concurrency(1);
sharp.cache(false);

/** Changes when the same file gives other pixels than before: cached features are then made anew. */
export const DECODING_VERSION = 1;

/**
 * Decodes a picture and squashes it to a square; the aspect ratio is not kept. EXIF orientation is
 * applied; gray, CMYK and 16-bit pictures become 8-bit sRGB; what is transparent becomes white.
 * Of an animation the first frame is taken.
 * @param source path of an image file, or its bytes
 * @param size height and width of the result, in pixels
 * @param name what error messages call it
 * @param augmentation a variant of the picture instead of the picture as it is
 * @returns [size, size, 3] values 0 to 255, row by row
 * @throws PictureError when the file is not there or cannot be decoded
 */
export async function decodeImage(
  source: string | Buffer,
  size: number,
  name = typeof source === 'string' ? source : 'The picture',
  augmentation: Augmentation = { flip: false },
): Promise<Uint8Array> {
  try {
    const upright = sharp(source, { failOn: 'error' }).rotate();
    const { data, info } = await (
      augmentation.crop ? upright.extract(await boxOf(source, augmentation.crop)) : upright
    )
      .flatten({ background: 'white' })
      .toColorspace('srgb')
      .resize(size, size, { fit: 'fill' })
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`it has ${info.channels} channels`);

    const jittered = augmentation.jitter ? jitterColors(data, augmentation.jitter) : data;
    return augmentation.flip ? flipHorizontally(jittered, size) : jittered;
  } catch (error) {
    throw new PictureError(`${name} cannot be decoded (${messageOf(error)}): replace the file.`);
  }
}

/** What a crop cuts out of a picture as it is shown: with the EXIF orientation applied. */
async function boxOf(source: string | Buffer, crop: NonNullable<Augmentation['crop']>): Promise<Box> {
  const { autoOrient } = await sharp(source).metadata();
  return crop(autoOrient.width, autoOrient.height);
}
