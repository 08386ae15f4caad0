import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { messageOf, ImageError } from '../../errors';

/** An image: a path, an `http(s):` or `file:` URL, or the bytes of an image file. */
export type ImageSource = string | URL | Buffer;

const TIMEOUT_MS = 20_000;

/** The name of an image in error messages. */
export const nameOf = (image: ImageSource) => (Buffer.isBuffer(image) ? 'The image' : image.toString());

/**
 * The bytes of an image file.
 * @throws ImageError that names the cause
 */
export async function bytesOf(image: ImageSource): Promise<Buffer> {
  if (Buffer.isBuffer(image)) return image;
  const text = image.toString();
  if (/^https?:/i.test(text)) return download(text);
  if (/^(?!file:)[a-z][a-z0-9+.-]*:\/\//i.test(text))
    throw new ImageError(`${text} cannot be fetched: give an http, https or file address, or a path.`);

  try {
    return fs.readFileSync(/^file:/i.test(text) ? fileURLToPath(text) : text);
  } catch (error) {
    throw new ImageError(`${text} cannot be read (${messageOf(error)}): give the path of an image file.`);
  }
}

async function download(url: string): Promise<Buffer> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    const cause =
      error instanceof Error ? ((error.cause as Error | undefined)?.message ?? error.message) : String(error);
    throw new ImageError(`${url} cannot be fetched (${cause}): check the address and the network.`);
  }
}
