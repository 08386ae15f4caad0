import { UNREADABLE } from '../../decode-text';
import { messageOf, UserError } from '../../errors';
import { readText } from '../../text-file';
import { readCaptionFile } from '../caption-file';
import { captionFormats } from '../formats/registry';
import { captionList } from './caption-list';
import { captionMap } from './caption-map';
import { captionSet, type CaptionSet } from './caption-set';
import { imageKey } from './image-names';

/**
 * Reads the captions of images for scores, by what the file contains: an object or a list in JSON (caption-map.ts,
 * caption-list.ts), or a caption file of a data set, such as COCO's annotations.
 * @param purpose what the captions are, for errors: "candidates"
 * @throws UserError that names the file, where it cannot be read or is of no such form
 */
export function readCaptionSet(file: string, purpose: string): CaptionSet {
  const text = readText(file, purpose);
  if (text.includes(UNREADABLE))
    throw new UserError(`${file} has characters of an encoding that cannot be told: save it as UTF-8.`);

  if (!/^\s*[[{]/.test(text) && captionFormats().some((format) => format.recognizes(text)))
    return fromCaptionFile(file);

  const value = parse(file, text);
  if (Array.isArray(value)) return captionList(value, file);
  if (typeof value !== 'object' || value === null) {
    throw new UserError(
      `${file} must hold a JSON object that maps each image to its ${purpose}, or a list of image_id and caption.`,
    );
  }
  return isDataset(value) ? fromCaptionFile(file) : captionMap(text, value, file);
}

/** COCO's and Karpathy's files have a list of images, each an object; in an object of captions they are texts. */
function isDataset(value: object): boolean {
  const { images, annotations } = value as { images?: unknown; annotations?: unknown };
  const isList = (list: unknown) =>
    Array.isArray(list) && list.every((one) => typeof one === 'object' && one !== null);
  return isList(images) && (annotations === undefined || isList(annotations));
}

function fromCaptionFile(file: string): CaptionSet {
  const { images, problems } = readCaptionFile(file);
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
    throw new UserError(
      `${file} is not valid JSON (${messageOf(error).replace(/\s+/g, ' ')}): repair it or name another file.`,
    );
  }
}
