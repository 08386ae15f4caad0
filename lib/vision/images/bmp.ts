/*
 * Windows and OS/2 bitmaps, which libvips does not read: 1, 2, 4 and 8 bits with a palette, 16, 24 and 32 bits with or
 * without masks, run-length encoding, rows from the bottom or from the top. As in the documentation of
 * BITMAPV5HEADER and "Bitmap Compression" of the Windows API.
 */

/** Pixels row by row from the top: [height, width, channels]. */
export interface Bitmap {
  width: number;
  height: number;
  /** 3: RGB; 4: RGB and alpha */
  channels: 3 | 4;
  data: Buffer;
}

/** The part of the file header before the bitmap's own header. */
const FILE_HEADER = 14;
/** The header of OS/2 1.x, with 16-bit sizes and palette entries of three bytes. */
const CORE_HEADER = 12;
const RGB = 0;
const RLE8 = 1;
const RLE4 = 2;
const BITFIELDS = 3;
const ALPHA_BITFIELDS = 6;

interface Header {
  /** bytes */
  size: number;
  width: number;
  height: number;
  isTopDown: boolean;
  bits: number;
  compression: number;
  /** colors of the palette; 0: as many as fit the bits */
  colors: number;
  /** where the pixels begin */
  offset: number;
}

/** Whether a file begins as bitmaps do. */
export const isBmp = (bytes: Buffer): boolean =>
  bytes.length > FILE_HEADER + 4 && bytes.toString('latin1', 0, 2) === 'BM';

/** Width and height, as the header says. */
export function bmpSize(bytes: Buffer): { width: number; height: number } {
  const { width, height } = readHeader(bytes);
  return { width, height };
}

/**
 * Decodes a bitmap.
 * @throws Error, with a few words, where it is damaged, cut off or of a rare kind
 */
export function decodeBmp(bytes: Buffer): Bitmap {
  const header = readHeader(bytes);
  const { width, height, bits, compression } = header;
  if (bits <= 8) {
    const indices =
      compression === RLE8 || compression === RLE4 ? readRuns(bytes, header) : readIndices(bytes, header);
    return { width, height, channels: 3, data: paint(indices, readPalette(bytes, header)) };
  }
  return readColors(bytes, header);
}

function readHeader(bytes: Buffer): Header {
  const size = isBmp(bytes) ? bytes.readUInt32LE(FILE_HEADER) : 0;
  if (size < CORE_HEADER || bytes.length < FILE_HEADER + size) throw new Error('its header is cut off');
  const at = (position: number) => FILE_HEADER + position;
  const isCore = size === CORE_HEADER;
  const rows = isCore ? bytes.readInt16LE(at(6)) : bytes.readInt32LE(at(8));
  const header: Header = {
    size,
    width: isCore ? bytes.readUInt16LE(at(4)) : bytes.readInt32LE(at(4)),
    height: Math.abs(rows),
    isTopDown: rows < 0,
    bits: bytes.readUInt16LE(at(isCore ? 10 : 14)),
    compression: size >= 20 ? bytes.readUInt32LE(at(16)) : RGB,
    colors: size >= 36 ? bytes.readUInt32LE(at(32)) : 0,
    offset: bytes.readUInt32LE(10),
  };
  const { width, height, bits, compression } = header;
  if (width < 1 || height < 1) throw new Error(`its size is ${width} x ${height}`);
  const isKnown =
    (compression === RGB && [1, 2, 4, 8, 16, 24, 32].includes(bits)) ||
    (compression === RLE8 && bits === 8) ||
    (compression === RLE4 && bits === 4) ||
    ((compression === BITFIELDS || compression === ALPHA_BITFIELDS) && (bits === 16 || bits === 32));
  if (!isKnown) throw new Error(`compression ${compression} with ${bits} bits is not read here`);
  return header;
}

/** The colors of the palette as RGB: [256, 3]; what it lacks is black. */
function readPalette(bytes: Buffer, { size, bits, colors, offset }: Header): Buffer {
  const entry = size === CORE_HEADER ? 3 : 4;
  const start = FILE_HEADER + size;
  const end = Math.min(
    start + entry * Math.min(colors || 2 ** bits, 256),
    offset > start ? offset : bytes.length,
  );
  const palette = Buffer.alloc(256 * 3);
  for (let from = start, to = 0; from + 3 <= Math.min(end, bytes.length); from += entry, to += 3)
    palette.set([bytes[from + 2], bytes[from + 1], bytes[from]], to);
  return palette;
}

/** Where each row of the picture, from the top, begins in the file; rows are filled up to four bytes. */
function rowStart({ width, height, bits, isTopDown, offset }: Header): (row: number) => number {
  const stride = 4 * Math.ceil((width * bits) / 32);
  return (row) => offset + stride * (isTopDown ? row : height - 1 - row);
}

/** @throws Error where rows are missing */
function assertWhole(bytes: Buffer, { width, height, bits, offset }: Header): void {
  const stride = 4 * Math.ceil((width * bits) / 32);
  // The filling of the last row may be missing.
  if (bytes.length < offset + stride * (height - 1) + Math.ceil((width * bits) / 8))
    throw new Error('it is cut off');
}

/** Places in the palette: [height, width]. */
function readIndices(bytes: Buffer, header: Header): Buffer {
  const { width, height, bits } = header;
  assertWhole(bytes, header);
  const startOf = rowStart(header);
  const indices = Buffer.alloc(width * height);
  const perByte = 8 / bits;
  for (let row = 0; row < height; row++) {
    const start = startOf(row);
    for (let column = 0; column < width; column++) {
      const byte = bytes[start + Math.floor(column / perByte)];
      const shift = 8 - bits * ((column % perByte) + 1);
      indices[row * width + column] = (byte >> shift) & (2 ** bits - 1);
    }
  }
  return indices;
}

/** Places in the palette, from runs: [height, width]. What no run reaches has the first color. */
function readRuns(bytes: Buffer, { width, height, bits, isTopDown, offset }: Header): Buffer {
  const indices = Buffer.alloc(width * height);
  let [row, column, at] = [0, 0, offset]; // rows in the order of the file
  const put = (index: number) => {
    if (row < height && column < width)
      indices[(isTopDown ? row : height - 1 - row) * width + column] = index;
    column++;
  };
  /** The nth index of a run or of indices as they are. */
  const indexIn = (byte: number, n: number) => (bits === 8 ? byte : n % 2 === 0 ? byte >> 4 : byte & 15);
  while (at + 1 < bytes.length) {
    const [count, value] = [bytes[at], bytes[at + 1]];
    at += 2;
    if (count > 0) {
      for (let n = 0; n < count; n++) put(indexIn(value, n));
    } else if (value === 0) {
      [row, column] = [row + 1, 0];
    } else if (value === 1) {
      return indices;
    } else if (value === 2) {
      if (at + 2 > bytes.length) break;
      [row, column] = [row + bytes[at + 1], column + bytes[at]];
      at += 2;
    } else {
      const length = bits === 8 ? value : Math.ceil(value / 2);
      if (at + length > bytes.length) break;
      for (let n = 0; n < value; n++) put(indexIn(bytes[at + (bits === 8 ? n : n >> 1)], n));
      at += length + (length % 2);
    }
  }
  throw new Error('it is cut off');
}

function paint(indices: Buffer, palette: Buffer): Buffer {
  const data = Buffer.alloc(3 * indices.length);
  for (let i = 0; i < indices.length; i++) palette.copy(data, 3 * i, 3 * indices[i], 3 * indices[i] + 3);
  return data;
}

/** Pixels of 16, 24 or 32 bits. */
function readColors(bytes: Buffer, header: Header): Bitmap {
  const { width, height, bits } = header;
  assertWhole(bytes, header);
  const channelsOf = masksOf(bytes, header).map(channelReader);
  const channels = channelsOf.length === 4 ? 4 : 3;
  const data = Buffer.alloc(width * height * channels);
  const startOf = rowStart(header);
  const step = bits / 8;
  let to = 0;
  for (let row = 0; row < height; row++) {
    const start = startOf(row);
    for (let column = 0; column < width; column++) {
      const pixel = bytes.readUIntLE(start + column * step, step);
      for (const read of channelsOf) data[to++] = read(pixel);
    }
  }
  return { width, height, channels, data };
}

/** The bits of red, green, blue and, where the picture has it, alpha. */
function masksOf(bytes: Buffer, { size, bits, compression }: Header): number[] {
  if (compression === RGB) return bits === 16 ? [0x7c00, 0x03e0, 0x001f] : [0xff0000, 0xff00, 0xff];
  const hasAlpha = size >= 56 || compression === ALPHA_BITFIELDS;
  const at = FILE_HEADER + 40; // in the header, or behind one of 40 bytes
  if (bytes.length < at + 16) throw new Error('its header is cut off');
  const masks = [0, 4, 8, ...(hasAlpha ? [12] : [])].map((position) => bytes.readUInt32LE(at + position));
  return masks.length === 4 && masks[3] === 0 ? masks.slice(0, 3) : masks;
}

/** Takes the bits of a mask out of a pixel, as 0 to 255. */
function channelReader(mask: number): (pixel: number) => number {
  if (mask === 0) return () => 0;
  const shift = 31 - Math.clz32(mask & -mask);
  const most = mask >>> shift;
  return (pixel) => Math.round((255 * (((pixel & mask) >>> 0) >>> shift)) / most);
}
