/*
 * Values as messages show them: in a few words, whatever they are, and never the bytes of a file.
 */

/** Characters of a path or address that are shown. */
const LONGEST_TEXT = 160;
/** Characters of any other value that are shown. */
const LONGEST_VALUE = 60;

/** A text in one line, without its middle where it is long. */
export function shorten(text: string, longest = LONGEST_TEXT): string {
  // eslint-disable-next-line no-control-regex -- they would spoil the line
  const line = text.slice(0, 10 * longest).replace(/[\0-\x1f\x7f-\x9f]/g, ' ');
  if (text.length <= longest) return line;
  const half = Math.floor(longest / 2);
  return `${line.slice(0, half)}…${text.length <= 10 * longest ? line.slice(-half) : ''} (${text.length.toLocaleString('en-US')} characters)`;
}

/** A value as JSON where that is short; else what it is: "a list of 3,000 values", "bytes (12 kB)", "a Tensor". */
export function shortValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value === '' ? 'an empty text' : `"${shorten(value, LONGEST_VALUE)}"`;
    case 'bigint':
      return `${value}n`;
    case 'function':
      return 'a function';
    case 'object':
      return value === null ? 'null' : shortObject(value);
    default:
      return String(value);
  }
}

/** A value as it is written in code, or what it is where that is long. */
export function shownValue(value: unknown): string {
  return value === '' ? '""' : shortValue(value);
}

function shortObject(value: object): string {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer)
    return `bytes (${sizeText(value.byteLength)})`;
  const kind = value.constructor?.name ?? 'Object';
  if (!['Object', 'Array'].includes(kind)) return `${/^[AEIOU]/.test(kind) ? 'an' : 'a'} ${kind}`;
  const json = toJson(value);
  if (json !== undefined && json.length <= LONGEST_VALUE) return json;
  const count = Array.isArray(value) ? value.length : Object.keys(value).length;
  return Array.isArray(value)
    ? `a list of ${count.toLocaleString('en-US')} value${count === 1 ? '' : 's'}`
    : `an object with ${Object.keys(value).slice(0, 3).join(', ')}${count > 3 ? ', …' : ''}`;
}

/** undefined where it has parts that are no plain values, or refers to itself */
function toJson(value: object): string | undefined {
  const isPlain = (one: unknown): boolean =>
    typeof one !== 'object' ||
    one === null ||
    ['Object', 'Array'].includes(one.constructor?.name ?? 'Object');
  if (!Object.values(value).every(isPlain)) return undefined;
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** A number of bytes: "12 kB". */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
