import sharp, { type Sharp } from 'sharp';
import { messageOf, ImageError } from '../../errors';
import type { ImageInput } from '../encoders/definition';
import { jitterColors, flipHorizontally, type Box, type Augmentation } from './augment';

// Several images are decoded at once, so one thread each; and no image is decoded twice.
sharp.concurrency(1);
sharp.cache(false);

/** Changes when the same file gives other pixels than before: cached features are then made anew. */
export const DECODING_VERSION = 1;

/**
 * Decodes an image and resizes it as an encoder takes it. EXIF orientation is applied; gray, CMYK and 16-bit images
 * become 8-bit sRGB; what is transparent becomes white. Of an animation the first frame is taken.
 * @param source path of an image file, or its bytes
 * @param input size of the result and how it is reached; the crop of an augmentation is always squashed to it
 * @param name what error messages call it
 * @param augmentation a variant of the image instead of the image as it is
 * @returns [height, width, 3] values 0 to 255, row by row
 * @throws ImageError when the file is missing or cannot be decoded
 */
export async function decodeImage(
  source: string | Buffer,
  input: ImageInput,
  name = typeof source === 'string' ? source : 'The image',
  augmentation: Augmentation = { flip: false },
): Promise<Uint8Array> {
  try {
    const upright = sharp(source, { failOn: 'error' }).rotate();
    const part = augmentation.crop ? upright.extract(await boxOf(source, augmentation.crop)) : upright;
    const { data, info } = await resize(
      part.flatten({ background: 'white' }).toColorspace('srgb'),
      augmentation.crop ? { ...input, resize: 'squash' } : input,
    )
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`it has ${info.channels} channels`);

    const jittered = augmentation.jitter ? jitterColors(data, augmentation.jitter) : data;
    return augmentation.flip ? flipHorizontally(jittered, input.width) : jittered;
  } catch (error) {
    throw new ImageError(`${name} cannot be decoded (${messageOf(error)}): replace the file.`);
  }
}

function resize(image: Sharp, input: ImageInput): Sharp {
  const { height, width, resize: how = 'squash', interpolation: kernel = 'lanczos3' } = input;
  if (how === 'squash') return image.resize(width, height, { fit: 'fill', kernel });
  const side = how.shorterSide;
  const [left, top] = [(side - width) >> 1, (side - height) >> 1];
  return image.resize(side, side, { fit: 'cover', kernel }).extract({ left, top, width, height });
}

/** What a crop cuts out of an image as it is shown: with the EXIF orientation applied. */
async function boxOf(source: string | Buffer, crop: NonNullable<Augmentation['crop']>): Promise<Box> {
  const { autoOrient } = await sharp(source).metadata();
  return crop(autoOrient.width, autoOrient.height);
}
