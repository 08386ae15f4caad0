import sharp, { type Sharp } from 'sharp';
import { messageOf, ImageError } from '../../errors';
import type { ImageInput } from '../encoders/definition';
import { jitterColors, flipHorizontally, type Box, type Augmentation } from './augment';
import { bmpSize, decodeBmp, isBmp } from './bmp';
import { readImageFile } from './image-file';
import { DECODED_KINDS, kindOf } from './kinds';

// Several images are decoded at once, so one thread each; and no image is decoded twice.
sharp.concurrency(1);
sharp.cache(false);

/** Changes when the same file gives other pixels than before: cached features are then made anew. */
export const DECODING_VERSION = 1;

/** Pictures of more are refused: a small file may claim any number. */
const MAX_PIXELS = 0x3fff * 0x3fff;

/** Opens a picture, as often as it is asked for. */
type Open = () => Sharp;

/**
 * Decodes an image and resizes it as an encoder takes it. EXIF orientation is applied; gray, CMYK and 16-bit images and
 * those with a color profile become 8-bit sRGB; what is transparent becomes white. Of an animation the first frame is
 * taken, of several pages the first.
 * @param source path of an image file, or its bytes
 * @param input size of the result and how it is reached; the crop of an augmentation is always squashed to it
 * @param name what error messages call it
 * @param augmentation a variant of the image instead of the image as it is
 * @returns [height, width, 3] values 0 to 255, row by row
 * @throws ImageError, one sentence with cause and remedy, when the file is missing or cannot be decoded
 */
export async function decodeImage(
  source: string | Buffer,
  input: ImageInput,
  name = typeof source === 'string' ? source : 'The image',
  augmentation: Augmentation = { flip: false },
): Promise<Uint8Array> {
  const bytes = typeof source === 'string' ? readImageFile(source, name) : source;
  try {
    const open = opener(bytes);
    const upright = open().autoOrient();
    const part = augmentation.crop ? upright.extract(await boxOf(open, augmentation.crop)) : upright;
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
    throw new ImageError(`${name} cannot be decoded ${await explain(bytes, error)}.`);
  }
}

/** @throws Error where a bitmap is broken */
function opener(bytes: Buffer): Open {
  const options = { failOn: 'error', limitInputPixels: MAX_PIXELS } as const;
  if (!isBmp(bytes)) return () => sharp(bytes, options);
  const { width, height } = bmpSize(bytes);
  if (width * height > MAX_PIXELS) throw new Error('too many pixels');
  const { data, ...raw } = decodeBmp(bytes);
  return () => sharp(data, { ...options, raw });
}

function resize(image: Sharp, input: ImageInput): Sharp {
  const { height, width, resize: how = 'squash', interpolation: kernel = 'lanczos3' } = input;
  if (how === 'squash') return image.resize(width, height, { fit: 'fill', kernel });
  const side = how.shorterSide;
  const [left, top] = [(side - width) >> 1, (side - height) >> 1];
  return image.resize(side, side, { fit: 'cover', kernel }).extract({ left, top, width, height });
}

/** What a crop cuts out of an image as it is shown: with the EXIF orientation applied. */
async function boxOf(open: Open, crop: NonNullable<Augmentation['crop']>): Promise<Box> {
  const { autoOrient } = await open().metadata();
  return crop(autoOrient.width, autoOrient.height);
}

/** Why bytes could not be decoded, and what to do: "(cause): remedy". */
async function explain(bytes: Buffer, error: unknown): Promise<string> {
  if (bytes.length === 0) return '(it is empty): replace the file';
  const kind = kindOf(bytes);
  if (!kind) return `(it is no picture of a known kind): give a file of the kind ${DECODED_KINDS}`;
  if ('remedy' in kind) return `(it is ${kind.name}, not ${DECODED_KINDS}): ${kind.remedy}`;
  const size = await sizeOf(bytes);
  if (size && size.width * size.height > MAX_PIXELS) {
    const [width, height] = [size.width, size.height].map((pixels) => pixels.toLocaleString('en-US'));
    return `(it has ${width} x ${height} pixels, more than ${Math.round(MAX_PIXELS / 1e6)} million): make it smaller`;
  }
  if (kind.isCutOff?.(bytes)) return `(it is ${kind.name} whose end is missing): copy or download it again`;
  if (isBmp(bytes))
    return `(it is ${kind.name}, but ${messageOf(error)}): convert it to PNG, or replace the file`;
  return `(it is ${kind.name}, but damaged, cut off or of a rare form): replace the file, or save it again with an image editor`;
}

/** Width and height as the header says; undefined where it cannot be read. */
async function sizeOf(bytes: Buffer): Promise<{ width: number; height: number } | undefined> {
  try {
    return isBmp(bytes) ? bmpSize(bytes) : await sharp(bytes, { limitInputPixels: false }).metadata();
  } catch {
    return undefined;
  }
}
