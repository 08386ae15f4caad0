import { isUtf8 } from 'node:buffer';

/*
 * Text of unknown encoding. What UTF-8 can be is UTF-8; UTF-16 shows by its mark or by the zeros between its letters;
 * what remains is Windows-1252 (Latin-1 and typographic signs), unless it looks like something else.
 */

export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

/** Stands where bytes are of no encoding that can be told. */
export const UNREADABLE = '\uFFFD';

/** The characters of the bytes 80 to 9F in Windows-1252; Latin-1 has control characters there, five are not used. */
const WINDOWS_1252 =
  `€${UNREADABLE}‚ƒ„…†‡ˆ‰Š‹Œ${UNREADABLE}Ž${UNREADABLE}` + `${UNREADABLE}‘’“”•–—˜™š›œ${UNREADABLE}žŸ`;

/** Bytes of which the encoding is told. */
const SAMPLE_SIZE = 2 ** 16;

/** What a line may be: without letters beyond ASCII, UTF-8, plausible as Windows-1252, or none of these. */
type LineKind = 'ascii' | 'utf-8' | 'western' | 'other';

/**
 * The text of a file's bytes, without a byte order mark. Where it is not of one encoding each line is read by itself;
 * `UNREADABLE` stands in lines whose encoding cannot be told.
 */
export function decodeText(bytes: Uint8Array): string {
  const encoding = encodingOf(bytes);
  if (encoding !== 'windows-1252') return new TextDecoder(encoding).decode(bytes);
  const raw = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const lines = raw.split(/(\r\n|\n|\r)/).map((line) => ({ line, kind: kindOf(line) }));
  const count = (...kinds: LineKind[]) => lines.filter(({ kind }) => kinds.includes(kind)).length;
  // A line of Windows-1252 is rarely UTF-8 by chance: where many are UTF-8, the others are damaged.
  const isWestern = count('western') > 4 * count('utf-8', 'other');
  return lines
    .map(({ line, kind }) =>
      isWestern && kind === 'western' ? fromWindows1252(line) : Buffer.from(line, 'latin1').toString('utf8'),
    )
    .join('');
}

/** @param line whose characters are bytes */
function kindOf(line: string): LineKind {
  if (!/[\x80-\xff]/.test(line)) return 'ascii';
  if (isUtf8(Buffer.from(line, 'latin1'))) return 'utf-8';
  // Western languages have single letters beyond ASCII; in Cyrillic, Greek or Chinese encodings they stand in rows.
  // tslab's compiler infers `never` for the rows of `match(…) ?? []` in some orders of files: their type is written out.
  const rows: string[] = line.match(/[\x80-\xff]+/g) ?? [];
  const inLongRows = rows.filter((row) => row.length > 2).join('').length;
  const isWestern = inLongRows <= rows.join('').length / 2 && !fromWindows1252(line).includes(UNREADABLE);
  return isWestern ? 'western' : 'other';
}

/** The encoding of a text by its first bytes. 'windows-1252' also stands for several encodings in one text. */
export function encodingOf(bytes: Uint8Array): TextEncoding {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  const zeros = [0, 0];
  const size = Math.min(bytes.length, SAMPLE_SIZE);
  for (let i = 0; i < size; i++) if (bytes[i] === 0) zeros[i % 2]++;
  const [even, odd] = zeros;
  // Names of images, digits and line ends are ASCII in any language: a zero beside each.
  if (odd > size / 20 && odd > 10 * even) return 'utf-16le';
  if (even > size / 20 && even > 10 * odd) return 'utf-16be';
  return isUtf8(bytes) ? 'utf-8' : 'windows-1252';
}

/** @param raw a text whose characters are the bytes */
export function fromWindows1252(raw: string): string {
  return raw.replace(/[\x80-\x9f]/g, (byte) => WINDOWS_1252[byte.charCodeAt(0) - 0x80]);
}
