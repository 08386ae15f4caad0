import assert from 'node:assert';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { decodeImage } from '../../../lib/vision/images/decode';
import { square } from '../../helpers/square';
import { assertUserError } from '../../helpers/user-error';

type Pixel = [number, number, number];

/** A picture whose left half is red and whose right half is blue. */
function redAndBlue(width = 40, height = 20): Sharp {
  const data = Buffer.alloc(width * height * 3);
  for (let i = 0; i < width * height; i++) data.set(i % width < width / 2 ? [255, 0, 0] : [0, 0, 255], i * 3);

  return sharp(data, { raw: { width, height, channels: 3 } });
}

function pixel(pixels: Uint8Array, size: number, row: number, column: number): Pixel {
  return [...pixels.subarray((row * size + column) * 3).subarray(0, 3)] as Pixel;
}

function assertNear(actual: Pixel, expected: Pixel, tolerance: number): void {
  const far = actual.some((value, i) => Math.abs(value - expected[i]) > tolerance);
  assert.ok(!far, `${actual.join(', ')} instead of ${expected.join(', ')}`);
}

const uniform = (background: { r: number; g: number; b: number; alpha: number }) =>
  sharp({ create: { width: 9, height: 9, channels: 4, background } });

describe('decoding of images', () => {
  it('fills another shape, or cuts it out of the center', async () => {
    const image = await redAndBlue().png().toBuffer(); // 40 x 20
    const input = { height: 4, width: 6 };
    const squashed = await decodeImage(image, { ...input, interpolation: 'nearest' });
    assert.equal(squashed.length, 4 * 6 * 3);
    for (const column of [0, 2]) assertNear(pixel(squashed, 6, 3, column), [255, 0, 0], 0);
    for (const column of [3, 5]) assertNear(pixel(squashed, 6, 0, column), [0, 0, 255], 0);
    // The shorter side has 10 pixels: the square in the center has the border between the colors in its middle.
    const cut = await decodeImage(image, { ...input, resize: { shorterSide: 10 }, interpolation: 'nearest' });
    assert.deepStrictEqual(cut, squashed);
    const wide = await sharp(image).extend({ left: 40, background: 'lime' }).png().toBuffer(); // 80 x 20
    const center = await decodeImage(wide, { ...input, resize: { shorterSide: 20 } });
    for (const column of [0, 2]) assertNear(pixel(center, 6, 0, column), [0, 255, 0], 0);
    for (const column of [3, 5]) assertNear(pixel(center, 6, 0, column), [255, 0, 0], 0);
  });

  it('squashes to a square of RGB', async () => {
    const pixels = await decodeImage(await redAndBlue().png().toBuffer(), square(10));
    assert.strictEqual(pixels.length, 10 * 10 * 3);
    assertNear(pixel(pixels, 10, 5, 1), [255, 0, 0], 3);
    assertNear(pixel(pixels, 10, 5, 8), [0, 0, 255], 3);
  });

  const formats: Record<string, (image: Sharp) => Sharp> = {
    JPEG: (image) => image.jpeg({ quality: 100, chromaSubsampling: '4:4:4' }),
    PNG: (image) => image.png(),
    WebP: (image) => image.webp({ lossless: true }),
    TIFF: (image) => image.tiff({ compression: 'none' }),
    AVIF: (image) => image.avif({ lossless: true }),
  };
  for (const [format, write] of Object.entries(formats)) {
    it(`applies the orientation of ${format}`, async () => {
      const red: Pixel = [254, 0, 0];
      // The camera was turned: 6 is to be shown a quarter turn clockwise, 8 against it, 3 upside down.
      for (const [orientation, row, column] of [[1, 5, 1], [3, 5, 8], [6, 1, 5], [8, 8, 5]]) {
        const turned = await write(redAndBlue().withMetadata({ orientation })).toBuffer();
        assertNear(pixel(await decodeImage(turned, square(10)), 10, row, column), red, 16);
      }
    }); // prettier-ignore

    it(`converts the Display P3 of ${format} to sRGB`, async () => {
      const color: Pixel = [200, 100, 50];
      const [r, g, b] = color;
      const image = sharp({ create: { width: 32, height: 32, channels: 3, background: { r, g, b } } });
      const p3 = await write(image.withIccProfile('p3')).toBuffer();
      assert.ok((await sharp(p3).metadata()).icc);
      assertNear(pixel(await decodeImage(p3, square(8)), 8, 4, 4), color, 2);
    });
  }

  it('makes gray pictures RGB', async () => {
    const gray = await sharp(Buffer.alloc(16, 90), { raw: { width: 4, height: 4, channels: 1 } })
      .toColorspace('b-w')
      .png()
      .toBuffer();
    assert.strictEqual((await sharp(gray).metadata()).channels, 1);
    assertNear(pixel(await decodeImage(gray, square(3)), 3, 1, 1), [90, 90, 90], 1);
  });

  it('makes 16-bit pictures 8-bit', async () => {
    for (const channels of [1, 3] as const) {
      const data = new Uint16Array(16 * channels).fill(0x8000);
      const deep = await sharp(data, { raw: { width: 4, height: 4, channels } })
        .toColorspace(channels === 1 ? 'grey16' : 'rgb16')
        .png()
        .toBuffer();
      assert.strictEqual((await sharp(deep).metadata()).depth, 'ushort');
      assertNear(pixel(await decodeImage(deep, square(3)), 3, 1, 1), [128, 128, 128], 1);
    }
  });

  it('shows what is transparent on white', async () => {
    const clear = await uniform({ r: 200, g: 0, b: 0, alpha: 0 }).png().toBuffer();
    assertNear(pixel(await decodeImage(clear, square(4)), 4, 2, 2), [255, 255, 255], 0);
    const half = await uniform({ r: 200, g: 0, b: 0, alpha: 0.5 }).png().toBuffer();
    assertNear(pixel(await decodeImage(half, square(4)), 4, 2, 2), [228, 127, 127], 2);
  });

  it('makes CMYK pictures RGB', async () => {
    const cmyk = await uniform({ r: 150, g: 90, b: 80, alpha: 1 })
      .removeAlpha()
      .toColorspace('cmyk')
      .jpeg()
      .toBuffer();
    assert.strictEqual((await sharp(cmyk).metadata()).space, 'cmyk');
    assertNear(pixel(await decodeImage(cmyk, square(4)), 4, 2, 2), [150, 90, 80], 12);
  });

  it('gives the same for a path and for bytes', async () => {
    const file = path.join(os.tmpdir(), `decode-${process.pid}.png`);
    const bytes = await redAndBlue().png().toBuffer();
    fs.writeFileSync(file, bytes);
    try {
      assert.deepStrictEqual(await decodeImage(file, square(7)), await decodeImage(bytes, square(7)));
    } finally {
      fs.rmSync(file);
    }
  });

  it('takes pictures of one pixel, of extreme shape, and the first of several', async () => {
    const sizes = [{ width: 1, height: 1 }, { width: 30_000, height: 10 }];
    for (const size of sizes) {
      const picture = sharp({ create: { ...size, channels: 3, background: 'lime' } });
      assertNear(pixel(await decodeImage(await picture.png().toBuffer(), square(4)), 4, 2, 2), [0, 255, 0], 0);
    }
    const frames = ['red', 'blue'].map((background) =>
      sharp({ create: { width: 16, height: 16, channels: 3, background } }).png().toBuffer(),
    );
    const joined = () => Promise.all(frames).then((each) => sharp(each, { join: { animated: true } }));
    for (const several of [(await joined()).gif(), (await joined()).webp({ lossless: true }), (await joined()).tiff()])
      assertNear(pixel(await decodeImage(await several.toBuffer(), square(4)), 4, 2, 2), [255, 0, 0], 2);
  }); // prettier-ignore

  describe('says what cannot be decoded, why, and what to do', () => {
    /** The beginning of an ISO media file. */
    const media = (brands: string) => Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from(`ftyp${brands}`), Buffer.alloc(99)]);
    const jpegOf = (width: number) =>
      sharp(Buffer.from(Array.from({ length: width * width * 3 }, (_, i) => (i * i * 31) % 251)), {
        raw: { width, height: width, channels: 3 },
      });
    const half = (bytes: Buffer) => bytes.subarray(0, bytes.length / 2);
    const cut = async (write: (image: Sharp) => Sharp) => half(await write(jpegOf(90)).toBuffer());
    const cases: [what: string, bytes: () => Buffer | Promise<Buffer>, why: RegExp][] = [
      ['nothing', () => Buffer.alloc(0), /\(it is empty\): replace the file/],
      ['HEIC', () => media('heic\0\0\0\0mif1heic'), /\(it is HEIC, .*\): convert it to JPEG, for example with `heif-convert/],
      ['HEIC by another brand', () => media('mif1\0\0\0\0mif1heic'), /\(it is HEIC,/],
      ['a video', () => media('isom\0\0\0\0isomavc1'), /\(it is a video, .*\): take a frame of it/],
      ['PDF', () => Buffer.from('%PDF-1.7\n1 0 obj'), /\(it is a PDF document, .*\): turn a page of it into a picture/],
      ['a text', () => Buffer.from('BMW is a car'), /\(it is a text, .*\): give the path of a picture/],
      ['a web page', () => Buffer.from('\n<!DOCTYPE html><html><svg>'), /\(it is a web page \(HTML\), .*the picture itself/],
      ['a pointer of Git LFS', () => Buffer.from('version https://git-lfs.github.com/spec/v1\n'), /git lfs pull/],
      ['noise', () => Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]), /no picture of a known kind\): give a file of the kind JPEG, PNG/],
      ['a JPEG cut off', () => cut((image) => image.jpeg()), /\(it is a JPEG picture whose end is missing\): copy or download it again/],
      ['a PNG cut off', () => cut((image) => image.png()), /\(it is a PNG picture whose end is missing\)/],
      ['a WebP cut off', () => cut((image) => image.webp()), /\(it is a WebP picture whose end is missing\)/],
      ['an AVIF cut off', () => cut((image) => image.avif()), /\(it is an AVIF picture whose end is missing\)/],
      ['a GIF cut off', () => cut((image) => image.gif()), /\(it is a GIF picture, but damaged, cut off or/],
      ['a TIFF cut off', () => cut((image) => image.tiff()), /\(it is a TIFF picture, but damaged, cut off or/],
      ['too many pixels', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="20000" height="20000"/>'), /20,000 x 20,000 pixels, more than 268 million\): make it smaller/],
    ]; // prettier-ignore
    for (const [what, bytes, why] of cases) {
      it(what, async () => {
        const given = await bytes();
        await assertUserError(decodeImage(given, square(8), 'a.jpg'), /^a\.jpg cannot be decoded \(/);
        await assertUserError(decodeImage(given, square(8), 'a.jpg'), why);
      });
    }

    it('a JPEG whose thumbnail alone has an end', async () => {
      const thumbnail = await jpegOf(8).jpeg().toBuffer();
      const segment = Buffer.concat([Buffer.from([0xff, 0xe1, (thumbnail.length + 2) >> 8, (thumbnail.length + 2) & 255]), thumbnail]);
      const jpeg = await jpegOf(90).jpeg().toBuffer();
      const bytes = half(Buffer.concat([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]));
      await assertUserError(decodeImage(bytes, square(8), 'a.jpg'), /whose end is missing/);
    }); // prettier-ignore

    it('the same each time, whatever else is decoded at the moment', async () => {
      const good = await redAndBlue().png().toBuffer();
      const broken = [await cut((image) => image.jpeg()), media('heic\0\0\0\0mif1heic'), await cut((image) => image.png())];
      const tries = Array.from({ length: 60 }, (_, i) => decodeImage(i % 4 === 3 ? good : broken[i % 4], square(8), 'a'));
      const outcomes = (await Promise.allSettled(tries)).map((one) =>
        one.status === 'fulfilled' ? 'decoded' : (one.reason as Error).message,
      );
      assert.deepEqual(outcomes, Array.from({ length: 15 }, () => outcomes.slice(0, 4)).flat());
      assert.equal(outcomes[3], 'decoded');
    }); // prettier-ignore

    it('a file that is not there, with the place where it was looked for', () =>
      assertUserError(decodeImage('no/such.jpg', square(8)), /^no\/such\.jpg cannot be read, as \/.*\/no\/such\.jpg \(there is no such file/));
  }); // prettier-ignore
});
