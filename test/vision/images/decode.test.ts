import assert from 'node:assert';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { decodeImage } from '../../../lib/vision/images/decode';
import { square } from '../../helpers/square';

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

  it('applies the EXIF orientation', async () => {
    // 6: the camera was turned, the picture is to be shown a quarter turn clockwise
    const turned = await redAndBlue().withMetadata({ orientation: 6 }).jpeg({ quality: 100 }).toBuffer();
    const pixels = await decodeImage(turned, square(10));
    assertNear(pixel(pixels, 10, 1, 5), [254, 0, 0], 12);
    assertNear(pixel(pixels, 10, 8, 5), [0, 0, 254], 12);
  });

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

  it('names a file that cannot be decoded, or that was cut off', async () => {
    const error = (name: RegExp) => (thrown: Error) =>
      thrown.name === 'UserError' && name.test(thrown.message);
    await assert.rejects(decodeImage('no/such.jpg', square(8)), error(/^no\/such\.jpg cannot be decoded/));
    await assert.rejects(decodeImage(Buffer.from('text'), square(8)), error(/^The image cannot be decoded/));
    const noise = Buffer.from(Array.from({ length: 90 * 90 * 3 }, (_, i) => (i * i * 31) % 251));
    const jpeg = await sharp(noise, { raw: { width: 90, height: 90, channels: 3 } })
      .jpeg()
      .toBuffer();
    const cut = jpeg.subarray(0, jpeg.length / 2);
    await assert.rejects(decodeImage(cut, square(8), 'cut.jpg'), error(/^cut\.jpg cannot be decoded/));
  });
});
