import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { UNREADABLE } from '../../decode-text';
import { messageOf, UserError } from '../../errors';
import { readText } from '../../text-file';
import { parseCaptions } from '../caption-file';
import { captionFormats } from '../formats/registry';
import { captionList } from './caption-list';
import { captionMap } from './caption-map';
import { captionSet, type CaptionSet } from './caption-set';
import { imageKey } from './image-names';

/**
 * Reads the captions of images for scores, by what the file contains: an object or a list in JSON (caption-map.ts,
 * caption-list.ts), or a caption file of a data set, such as COCO's annotations.
 * @param purpose what the captions are, for errors: "candidates"
 * @param join whether a list may have several rows of an image, as references do
 * @throws UserError that names the file, where it cannot be read or is of no such form
 */
export function readCaptionSet(file: string, purpose: string, { join = false } = {}): CaptionSet {
  const text = readText(file, purpose);
  if (text.includes(UNREADABLE) && !isUtf8(readFileSync(file)))
    throw new UserError(`${file} has characters of an encoding that cannot be told: save it as UTF-8.`);

  if (!/^\s*[[{]/.test(text) && captionFormats().some((format) => format.recognizes(text)))
    return fromCaptions(text, file);

  const value = parse(file, text);
  if (Array.isArray(value)) return captionList(value, file, { join });
  if (typeof value !== 'object' || value === null) {
    throw new UserError(
      `${file} must hold a JSON object that maps each image to its ${purpose}, or a list of image_id and caption.`,
    );
  }
  const { images, annotations, captions } = value as Record<string, unknown>;
  if (isListOfObjects(images)) return fromCaptions(text, file);
  if (isListOfObjects(annotations)) return captionList(annotations, file, { join }); // COCO's, without its images
  return isObject(captions) ? captionMap('', captions, file) : captionMap(text, value, file);
}

/** COCO's and Karpathy's files have lists of objects, what `npm run evaluate -- --json` writes an object of captions. */
const isListOfObjects = (value: unknown): value is object[] => Array.isArray(value) && value.every(isObject);

/** In an object of captions by image every member is a text or a list of texts. */
const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @param text of a caption file of a data set */
function fromCaptions(text: string, file: string): CaptionSet {
  const { images, problems } = parseCaptions(text, file);
  if (images.length === 0) {
    const why = problems.length > 0 ? ` (${problems[0].where}: ${problems[0].what})` : '';
    throw new UserError(`${file} has no captions${why}: name a file that has some.`);
  }

  const entries = images.map(({ id, imageId, captions }) => ({ image: imageId ?? id, captions }));
  const aliases = images.map(({ id, path, imageId }) => [imageKey(imageId ?? id), [id, path ?? id]] as const);
  return { ...captionSet(file, entries), aliases: new Map(aliases), problems };
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`${file} is not valid JSON (${messageOf(error)}): repair it or name another file.`);
  }
}
