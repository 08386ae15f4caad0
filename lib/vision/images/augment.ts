import { Random } from '../../random';

/*
 * Random variants of training images as torchvision makes them (RandomResizedCrop, RandomHorizontalFlip,
 * ColorJitter; Szegedy et al. 2015, Howard 2013), but drawn from a seed: the same seed gives the same pixels.
 */

/** Share of the image's area that a crop keeps, and its width by its height. */
const area = [0.6, 1] as const;
const ratio = [3 / 4, 4 / 3] as const;
/** Brightness, contrast and saturation are multiplied by 1 - strength to 1 + strength. */
const JITTER_STRENGTH = 0.2;
/** How often a crop is drawn until it fits into the image. */
const MAX_CROP_ATTEMPTS = 10;

/** A part of an image, in pixels. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Factors of 1 leave the image as it is. */
export interface Jitter {
  brightness: number;
  contrast: number;
  saturation: number;
}

/** How a variant of an image is made: cut out, then resized, jittered and mirrored. */
export interface Augmentation {
  flip: boolean;
  jitter?: Jitter;
  /** the part that is cut out of an image of this size */
  crop?: (width: number, height: number) => Box;
}

/** Draws a random crop, flip and jitter. */
export function drawAugmentation(seed: number, ...stream: (string | number)[]): Augmentation {
  const random = Random.stream(seed, 'view', ...stream);
  const factor = () => between(random, 1 - JITTER_STRENGTH, 1 + JITTER_STRENGTH);
  return {
    flip: random.next() < 0.5,
    jitter: { brightness: factor(), contrast: factor(), saturation: factor() },
    crop: (width, height) => drawCrop(Random.stream(seed, 'crop', ...stream), width, height),
  };
}

/**
 * A part of an image with a random share of its area and a random shape. Where none fits, it is the largest part in
 * the middle whose shape is allowed.
 */
export function drawCrop(random: Random, width: number, height: number): Box {
  for (let attempt = 0; attempt < MAX_CROP_ATTEMPTS; attempt++) {
    const pixels = width * height * between(random, ...area);
    const shape = Math.exp(between(random, Math.log(ratio[0]), Math.log(ratio[1])));
    const box = {
      width: Math.round(Math.sqrt(pixels * shape)),
      height: Math.round(Math.sqrt(pixels / shape)),
    };
    if (box.width > 0 && box.width <= width && box.height > 0 && box.height <= height) {
      const left = random.int(width - box.width + 1);
      return { ...box, left, top: random.int(height - box.height + 1) };
    }
  }
  const box = {
    width: Math.max(1, Math.min(width, Math.round(height * ratio[1]))),
    height: Math.max(1, Math.min(height, Math.round(width / ratio[0]))),
  };
  return { ...box, left: (width - box.width) >> 1, top: (height - box.height) >> 1 };
}

/**
 * Left and right exchanged, exactly.
 * @param pixels [height, width, 3]
 */
export function flipHorizontally(pixels: Uint8Array, width: number): Uint8Array {
  const mirrored = new Uint8Array(pixels.length);
  const row = 3 * width;
  for (let at = 0; at < pixels.length; at += 3) {
    const column = at % row;
    const to = at - column + row - 3 - column;
    for (let channel = 0; channel < 3; channel++) mirrored[to + channel] = pixels[at + channel];
  }
  return mirrored;
}

/**
 * Brightness, then contrast (away from the mean gray), then saturation (away from each pixel's gray); values stay in
 * 0 to 255.
 * @param pixels [height, width, 3]
 */
export function jitterColors(pixels: Uint8Array, { brightness, contrast, saturation }: Jitter): Uint8Array {
  const values = new Float32Array(pixels.length);
  let sum = 0;
  for (let i = 0; i < pixels.length; i++) values[i] = clamp(pixels[i] * brightness);
  for (let at = 0; at < values.length; at += 3) sum += gray(values, at);
  const mean = sum / (values.length / 3);
  for (let i = 0; i < values.length; i++) values[i] = clamp(mean + contrast * (values[i] - mean));
  const result = new Uint8Array(pixels.length);
  for (let at = 0; at < values.length; at += 3) {
    const own = gray(values, at);
    for (let i = at; i < at + 3; i++) result[i] = Math.round(clamp(own + saturation * (values[i] - own)));
  }
  return result;
}

/** Luma of ITU-R BT.601. */
const gray = (values: Float32Array, at: number) =>
  0.299 * values[at] + 0.587 * values[at + 1] + 0.114 * values[at + 2];

const clamp = (value: number) => (value < 0 ? 0 : value > 255 ? 255 : value);

const between = (random: Random, low: number, high: number) => low + (high - low) * random.next();
