import { closeSync, createReadStream, openSync, readFileSync, readSync } from 'node:fs';
import { decodeText, encodingOf, fromWindows1252 } from './decode-text';
import { UserError, messageOf } from './errors';

/** Bytes that are read at a time, and by which the encoding of a large file is told. */
const PIECE_SIZE = 2 ** 20;

/**
 * Reads a text file in UTF-8, UTF-16 or Windows-1252, with or without a byte order mark (see `decodeText`).
 * @param purpose what the file is, for the error: "captions"
 * @throws UserError where it cannot be read
 */
export function readText(file: string, purpose: string): string {
  try {
    return decodeText(readFileSync(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EISDIR')
      throw new UserError(`${file} is a folder: name the file of the ${purpose} in it.`);

    throw new UserError(
      `Cannot read the ${purpose} in ${file} (${messageOf(error)}): name an existing file that may be read.`,
    );
  }
}

/** The lines of a text with any line ends. */
export function splitLines(text: string): string[] {
  return text.split(/\r\n|\n|\r/);
}

/** Lines of a file, as many as a piece of it holds, and the bytes read so far. */
export interface PieceOfLines {
  lines: string[];
  bytesRead: number;
}

/**
 * The lines of a text file that may be larger than the memory. Its encoding is told by its first piece.
 * @throws Error of Node where it cannot be read
 */
export async function* readLines(file: string): AsyncIterable<PieceOfLines> {
  const decode = decoderOf(firstPiece(file));
  let rest = '';
  let bytesRead = 0;
  for await (const piece of createReadStream(file, { highWaterMark: PIECE_SIZE })) {
    const bytes = piece as Buffer;
    bytesRead += bytes.length;
    const lines = (rest + decode(bytes)).split(/\r\n|\n|\r(?!$)/); // the next piece may begin with \n
    rest = lines.pop()!;
    yield { lines, bytesRead };
  }
  const last = splitLines(rest).filter((line) => line !== '');
  if (last.length > 0) yield { lines: last, bytesRead };
}

/** Decodes one piece of a text after the other. */
function decoderOf(start: Uint8Array): (piece: Buffer) => string {
  const encoding = encodingOf(start);
  if (encoding === 'windows-1252') return (piece) => fromWindows1252(piece.toString('latin1'));
  const decoder = new TextDecoder(encoding);
  return (piece) => decoder.decode(piece, { stream: true });
}

/** Up to the last line end, so that no character is cut off. */
function firstPiece(file: string): Buffer {
  const handle = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(PIECE_SIZE);
    const piece = buffer.subarray(0, readSync(handle, buffer));
    const end = Math.max(piece.lastIndexOf('\n'), piece.lastIndexOf('\r'));
    return end < 0 ? piece : piece.subarray(0, end + 1);
  } finally {
    closeSync(handle);
  }
}
