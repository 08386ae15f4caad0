import { UserError } from '../../errors';
import type { Problem } from '../types';
import { imageKey } from './image-names';

/** The captions of images in one file, to be scored or to score others against. */
export interface CaptionSet {
  file: string;
  /** by the image's key (image-names.ts), at least one each; of several candidates the first is the best */
  captions: Map<string, string[]>;
  /** further names of images by key, such as the file beside COCO's number */
  aliases: Map<string, readonly string[]>;
  /** rows that are left out */
  problems: Problem[];
}

/** An image id as a file writes it, with its captions. */
export interface ImageCaptions {
  image: string | number;
  captions: string[];
}

const NAMED_AT_MOST = 5;

/**
 * A set in which each image has one entry.
 * @throws UserError that names images with several entries, and where there is none
 */
export function captionSet(file: string, entries: readonly ImageCaptions[]): CaptionSet {
  if (entries.length === 0)
    throw new UserError(`${file} has no captions: give at least one image with its captions.`);

  const captions = new Map<string, string[]>();
  const repeated = new Set<string>();
  for (const { image, captions: texts } of entries) {
    const key = imageKey(image);
    if (captions.has(key)) repeated.add(key);
    captions.set(key, texts);
  }
  if (repeated.size > 0) throw new UserError(repeatedSentence(file, [...repeated]));
  return { file, captions, aliases: new Map(), problems: [] };
}

/** The same entries, those of one image as one. */
export function joinEntries(entries: readonly ImageCaptions[]): ImageCaptions[] {
  const joined = new Map<string, string[]>();
  for (const { image, captions } of entries)
    joined.set(imageKey(image), [...(joined.get(imageKey(image)) ?? []), ...captions]);

  return [...joined].map(([image, captions]) => ({ image, captions }));
}

/** Says which images a file has more than once. */
export function repeatedSentence(file: string, keys: readonly string[]): string {
  const named = keys.slice(0, NAMED_AT_MOST).map((key) => JSON.stringify(key));
  const more = keys.length > NAMED_AT_MOST ? ` and ${keys.length - NAMED_AT_MOST} more` : '';
  return `${file} has images twice: ${named.join(', ')}${more}; keep one entry of each.`;
}
