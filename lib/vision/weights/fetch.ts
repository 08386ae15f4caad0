import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { messageOf, UserError } from '../../errors';
import { makeFolder } from '../../files';
import { silentProgress, type StartProgress } from '../../progress/progress';
import type { Download } from '../encoders/definition';

/** Without an answer in this time there is no network, for our purposes. */
const ANSWER_TIMEOUT_MS = 8_000;
/** A download that brings nothing for so long has failed. */
const STALL_TIMEOUT_MS = 30_000;
const MEGABYTE = 2 ** 20;

/**
 * Fetches a file, or the rest of it where an earlier attempt was cut off, checks its hash and
 * only then gives it its name.
 * @param target where it goes; `target.part` holds what has arrived so far
 * @param answerTimeout milliseconds until the server must have begun to answer
 * @throws UserError, within 10 s, when the server does not answer; when the download breaks off
 *   (the part that arrived is kept); when the hash is wrong (it is deleted)
 */
export async function fetchFile(
  download: Download,
  target: string,
  startProgress: StartProgress = silentProgress,
  answerTimeout = ANSWER_TIMEOUT_MS,
): Promise<void> {
  makeFolder(path.dirname(target));
  const part = `${target}.part`;
  try {
    await fetchRest(download.url, part, startProgress, answerTimeout);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      `Cannot fetch ${download.url} (${reason(error)}): check the network and try again, or put the file there by hand as ${target}.`,
    );
  }
  const [algorithm, expected] =
    'md5' in download ? (['md5', download.md5] as const) : (['sha256', download.sha256] as const);
  const hash = await hashFile(part, algorithm);
  if (hash !== expected) {
    fs.rmSync(part);
    throw new UserError(
      `The file from ${download.url} has the ${algorithm.toUpperCase()} ${hash} instead of ${expected}: try again, or put the file there by hand as ${target}.`,
    );
  }
  fs.renameSync(part, target);
}

/**
 * A file's hash; the file is read in pieces.
 * @returns in hexadecimal
 */
export async function hashFile(file: string, algorithm: 'md5' | 'sha256'): Promise<string> {
  const hash = createHash(algorithm);
  for await (const piece of fs.createReadStream(file, { highWaterMark: MEGABYTE }))
    hash.update(piece as Buffer);

  return hash.digest('hex');
}

async function fetchRest(
  url: string,
  part: string,
  startProgress: StartProgress,
  answerTimeout: number,
): Promise<void> {
  const received = fs.existsSync(part) ? fs.statSync(part).size : 0;
  const abort = new AbortController();
  let timer = setTimeout(() => abort.abort(new Error('no answer')), answerTimeout);
  try {
    const headers: Record<string, string> = received > 0 ? { Range: `bytes=${received}-` } : {};
    const response = await fetch(url, { headers, signal: abort.signal });
    if (response.status === 416) return; // nothing remains to be fetched; the hash decides whether it is right

    if (!response.ok || !response.body) throw new Error(`the server answered ${response.status}`);

    // A server without support for ranges sends everything again.
    let done = response.status === 206 ? received : 0;
    const total = done + Number(response.headers.get('content-length') ?? 0);
    const progress = startProgress(`Fetching ${path.basename(url)} (MB)`, Math.ceil(total / MEGABYTE));
    const output = openPart(part, done > 0 ? 'a' : 'w');
    try {
      for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
        clearTimeout(timer);
        timer = setTimeout(() => abort.abort(new Error('no data for 30 s')), STALL_TIMEOUT_MS);
        writePart(output, piece, part);
        done += piece.length;
        progress.update(Math.floor(done / MEGABYTE));
      }
    } finally {
      fs.closeSync(output);
      progress.finish();
    }
  } finally {
    clearTimeout(timer);
  }
}

function openPart(part: string, flags: 'a' | 'w'): number {
  try {
    return fs.openSync(part, flags);
  } catch (error) {
    throw cannotWrite(part, error);
  }
}

function writePart(output: number, piece: Uint8Array, part: string): void {
  try {
    for (let done = 0; done < piece.length;) done += fs.writeSync(output, piece, done);
  } catch (error) {
    throw cannotWrite(part, error);
  }
}

const cannotWrite = (part: string, error: unknown) =>
  new UserError(
    `Cannot write ${part} (${messageOf(error)}): make room and its folder writable, and try again.`,
  );

/** fetch() hides the cause of its 'fetch failed' one level down. */
function reason(error: unknown): string {
  return error instanceof Error && error.cause ? messageOf(error.cause) : messageOf(error);
}
