import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import { messageOf, ImageError } from '../../errors';
import { shorten, shortValue, sizeText } from '../../short-value';
import { download } from './download';
import { readImageFile } from './image-file';

/** An image file that is in memory: a Blob, a File, or the Response of a fetch. */
export interface ImageBlob {
  arrayBuffer(): Promise<ArrayBuffer>;
}

/**
 * An image: a path (relative to the working directory; `~/` is the home folder), an `http(s):`, `file:` or `data:` URL, or the
 * bytes of an image file.
 */
export type ImageSource = string | URL | ArrayBuffer | ArrayBufferView | ImageBlob;

/** What an image may be, for messages. */
const EXPECTED = 'a path, an http(s), file or data address, or the bytes of an image file';

/** The place of an image in a list. */
export interface Place {
  /** from 0 */
  index: number;
  count: number;
}

/**
 * The short name of an image in messages: its path or address, or, of bytes, its place and size: "Picture 3 of 5 (12 kB)".
 * Never the bytes.
 */
export function nameOf(image: ImageSource, { index, count }: Place = { index: 0, count: 1 }): string {
  const place = count === 1 ? 'The picture' : `Picture ${index + 1} of ${count}`;
  if (isText(image)) {
    const text = String(image);
    if (/^data:/i.test(text)) return `${place} (a data: URL of ${sizeText(text.length)})`;
    return text.trim() === '' ? place : shorten(withoutPassword(text));
  }
  if (isBytes(image)) return `${place} (${sizeText(image.byteLength)})`;
  const { name } = (image ?? {}) as { name?: unknown }; // a File has one
  return typeof name === 'string' && name !== '' ? shorten(name) : place;
}

/**
 * The bytes of an image file.
 * @param name what error messages call the image
 * @throws ImageError, one sentence that names the cause
 */
export async function bytesOf(image: ImageSource, name = nameOf(image)): Promise<Buffer> {
  if (isText(image)) return bytesAt(String(image), name);
  if (ArrayBuffer.isView(image)) return Buffer.from(image.buffer, image.byteOffset, image.byteLength);
  if (isBytes(image)) return Buffer.from(image);
  if (typeof (image as Partial<ImageBlob> | null)?.arrayBuffer !== 'function') {
    const hint = types.isPromise(image) ? 'await it, or give' : 'give';
    throw new ImageError(`${name} is ${shortValue(image)}: ${hint} ${EXPECTED}.`);
  }
  try {
    return Buffer.from(await image.arrayBuffer());
  } catch (error) {
    throw new ImageError(`${name} cannot be read (${messageOf(error)}): give ${EXPECTED}.`);
  }
}

/** @param text a path or an address */
async function bytesAt(text: string, name: string): Promise<Buffer> {
  if (text.trim() === '') throw new ImageError(`${name} is ${shortValue('')}: give ${EXPECTED}.`);
  if (/^(https?|data):/i.test(text)) return download(text, name);
  if (/^file:/i.test(text)) return readImageFile(pathOf(text, name), name);
  if (/^([a-z][a-z0-9+.-]*:\/\/|blob:)/i.test(text))
    throw new ImageError(`${name} cannot be fetched: give ${EXPECTED}.`);
  return readImageFile(text, name);
}

function pathOf(url: string, name: string): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new ImageError(
      `${name} cannot be read (${messageOf(error)}): give the address of a file of this machine.`,
    );
  }
}

/** A string or a URL; that of another realm, such as a cell of a notebook, is no instance of this one's class. */
const isText = (image: unknown): image is string | URL =>
  typeof image === 'string' || Object.prototype.toString.call(image) === '[object URL]';

const isBytes = (image: unknown): image is ArrayBufferLike | ArrayBufferView =>
  types.isAnyArrayBuffer(image) || ArrayBuffer.isView(image);

/** Names and passwords in addresses are nobody else's business. */
const withoutPassword = (text: string): string => text.replace(/^(https?:\/\/)[^/?#@]*@/i, '$1');
