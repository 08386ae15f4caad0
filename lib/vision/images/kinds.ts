/*
 * What kind of file some bytes are, told by how they begin, whatever the file is called. libvips' own messages cannot be
 * used to say why a picture could not be decoded: they are those of all threads together, and missing at times.
 */

/** A kind of file. */
export interface FileKind {
  /** with its article, as in "it is …" */
  name: string;
  /** what to do instead; only of kinds that cannot be decoded here */
  remedy?: string;
  /** whether the end of the file is missing */
  isCutOff?: (bytes: Buffer) => boolean;
}

/** The kinds of pictures that are decoded. */
export const DECODED_KINDS = 'JPEG, PNG, WebP, GIF, TIFF, AVIF, SVG or BMP';

const TO_JPEG = 'convert it to JPEG or PNG';

const decoded = {
  jpeg: { name: 'a JPEG picture', isCutOff: isJpegCutOff },
  png: { name: 'a PNG picture', isCutOff: (bytes) => bytes.lastIndexOf('IEND', undefined, 'latin1') < 0 },
  gif: { name: 'a GIF picture' },
  webp: {
    name: 'a WebP picture',
    isCutOff: (bytes) => bytes.length < 12 || bytes.length < bytes.readUInt32LE(4) + 8,
  },
  tiff: { name: 'a TIFF picture' },
  avif: { name: 'an AVIF picture', isCutOff: isBoxesCutOff },
  svg: { name: 'an SVG drawing' },
  bmp: { name: 'a BMP picture' },
} satisfies Record<string, FileKind>;

const others = {
  heic: {
    name: 'HEIC, as iPhones save photographs',
    remedy:
      'convert it to JPEG, for example with `heif-convert photo.heic photo.jpg` (Debian and Ubuntu: apt install libheif-examples), ' +
      'or choose Settings, Camera, Formats, Most Compatible on the phone',
  },
  pdf: {
    name: 'a PDF document',
    remedy:
      'turn a page of it into a picture, for example with `pdftoppm -jpeg -singlefile document.pdf page`',
  },
  video: {
    name: 'a video',
    remedy: 'take a frame of it, for example with `ffmpeg -i video.mp4 -frames:v 1 frame.jpg`',
  },
  page: { name: 'a web page (HTML)', remedy: 'give the address or the file of the picture itself' },
  archive: { name: 'an archive', remedy: 'unpack it and give the pictures in it' },
  lfs: { name: 'a pointer of Git LFS', remedy: 'fetch the file itself with `git lfs pull`' },
  text: { name: 'a text', remedy: 'give the path of a picture' },
  jpeg2000: { name: 'a JPEG 2000 picture', remedy: TO_JPEG },
  jpegXl: { name: 'a JPEG XL picture', remedy: TO_JPEG },
  psd: { name: 'a Photoshop document', remedy: TO_JPEG },
  ico: { name: 'an icon (ICO)', remedy: TO_JPEG },
  netpbm: { name: 'a Netpbm picture', remedy: TO_JPEG },
} satisfies Record<string, FileKind>;

/* eslint-disable no-control-regex -- they are what files begin with */

/** Signatures at the beginning of files, as Latin-1; the first that fits counts. */
const signatures: [pattern: RegExp, kind: FileKind][] = [
  [/^\xff\xd8\xff/, decoded.jpeg],
  [/^\x89PNG\r\n\x1a\n/, decoded.png],
  [/^GIF8[79]a/, decoded.gif],
  [/^RIFF[^]{4}WEBP/, decoded.webp],
  [/^(II[*+]\0|MM\0[*+])/, decoded.tiff],
  [/^[^]{4}ftyp[^]{0,56}avi[fs]/, decoded.avif],
  [/^[^]{4}ftyp(hei|hev|mif1|msf1)/, others.heic],
  [/^[^]{4}(ftyp|moov|mdat)|^\x1aE\xdf\xa3|^RIFF[^]{4}AVI /, others.video],
  [/^BM[^]{8}[^]{2}\0\0/, decoded.bmp],
  [/^%PDF/, others.pdf],
  [/^(PK[\x03\x05]|\x1f\x8b|Rar!|7z\xbc\xaf)/, others.archive],
  [/^\0\0\0\x0cjP {2}|^\xff\x4f\xff\x51/, others.jpeg2000],
  [/^\xff\x0a|^\0\0\0\x0cJXL /, others.jpegXl],
  [/^8BPS/, others.psd],
  [/^\0\0[\x01\x02]\0[^\0]\0/, others.ico],
  [/^P[1-7]\s/, others.netpbm],
  [/^version https:\/\/git-lfs/, others.lfs],
  [/^(\xef\xbb\xbf)?\s*<(!doctype html|html|head|body|script)/i, others.page],
  [/^(\xef\xbb\xbf)?\s*(<\?xml|<!--|<!doctype svg)?[^]*<svg[\s>]/i, decoded.svg],
];

/** How many bytes are looked at; an SVG may begin with a long comment. */
const LOOKED_AT = 1024;

/** The kind of a file; undefined for one that is not known here. */
export function kindOf(bytes: Buffer): FileKind | undefined {
  const beginning = bytes.toString('latin1', 0, LOOKED_AT);
  const known = signatures.find(([pattern]) => pattern.test(beginning))?.[1];
  if (known) return known;
  // Texts have no control characters but tabs and line breaks.
  return bytes.length > 0 && !/[\0-\x08\x0e-\x1f]/.test(beginning) ? others.text : undefined;
}

/** Goes from segment to segment, since a thumbnail in one of them has an end of its own. */
function isJpegCutOff(bytes: Buffer): boolean {
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1];
    if (marker === 0xda) return bytes.indexOf(Buffer.from([0xff, 0xd9]), at) < 0; // the pixels, then the end
    at += marker === 0xff ? 1 : 2 + bytes.readUInt16BE(at + 2);
  }
  return at + 4 > bytes.length;
}

/** Goes from box to box of an ISO media file. */
function isBoxesCutOff(bytes: Buffer): boolean {
  let at = 0;
  while (at + 8 <= bytes.length) {
    const size = bytes.readUInt32BE(at);
    if (size < 8) return false; // to the end of the file, or a size of 64 bits
    at += size;
  }
  return at > bytes.length;
}
