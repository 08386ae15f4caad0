import { messageOf, ImageError } from '../../errors';
import { sizeText } from '../../short-value';

/** A picture that has not come after this time does not come. */
const TIMEOUT_MS = 30_000;
/** Larger files are hardly pictures. */
const MAX_BYTES = 100e6;

/**
 * Fetches a picture from an `http(s):` or `data:` address. Redirects are followed. What it is is told by the bytes alone,
 * whatever type the server claims.
 * @param name what error messages call it
 * @param timeout milliseconds until all of it must have come
 * @throws ImageError, one sentence that names the cause
 */
export async function download(url: string, name: string, timeout = TIMEOUT_MS): Promise<Buffer> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeout) });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    return await readBody(response);
  } catch (error) {
    const isData = /^data:/i.test(url);
    const remedy = isData ? 'write it as data:image/jpeg;base64,…' : 'check the address and the network';
    throw new ImageError(
      `${name} cannot be ${isData ? 'read' : 'fetched'} (${reason(error, timeout)}): ${remedy}.`,
    );
  }
}

/** @throws Error where there is more than a picture has */
async function readBody({ body }: Response): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of (body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += piece.length;
    if (bytes > MAX_BYTES) throw new Error(`it is larger than ${sizeText(MAX_BYTES)}`); // ends the transfer
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** fetch() hides the cause of its 'fetch failed' one level down. */
function reason(error: unknown, timeout: number): string {
  if (!(error instanceof Error)) return messageOf(error);
  if (error.name === 'TimeoutError') return `it did not come within ${timeout / 1000} s`;
  return error.cause ? messageOf(error.cause) : messageOf(error);
}
