import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { decodeBmp } from '../../../lib/vision/images/bmp';
import { decodeImage } from '../../../lib/vision/images/decode';
import { square } from '../../helpers/square';

/** A bitmap, and the pixels that Pillow reads from it: see make_bitmaps.py. */
interface Fixture {
  bmp: string;
  width: number;
  height: number;
  channels: 3 | 4;
  pixels: string;
}

const FIXTURES = path.join(__dirname, '../../fixtures/bmp/bitmaps.json');
const fixtures = JSON.parse(fs.readFileSync(FIXTURES, 'utf8')) as Record<string, Fixture>;
const bytesOf = (name: string) => Buffer.from(fixtures[name].bmp, 'base64');

describe('bitmaps', () => {
  for (const [name, { width, height, channels, pixels }] of Object.entries(fixtures)) {
    it(`are read as Pillow reads them: ${name}`, () => {
      const bitmap = decodeBmp(bytesOf(name));
      assert.deepEqual([bitmap.width, bitmap.height, bitmap.channels], [width, height, channels]);
      const expected = Buffer.from(pixels, 'base64');
      assert.equal(bitmap.data.length, expected.length);
      // Pillow repeats the upper bits of 5 and 6 bits instead of rounding.
      const tolerance = name.startsWith('16 bits') ? 1 : 0;
      for (const [i, value] of expected.entries()) assert.ok(Math.abs(bitmap.data[i] - value) <= tolerance);
    });

    it(`are refused in a few words where they are cut off: ${name}`, () => {
      const whole = bytesOf(name);
      for (const length of [20, Math.floor(whole.length / 2), whole.length - 4])
        assert.throws(() => decodeBmp(whole.subarray(0, length)), /^Error: (it|its header) is cut off$/);
    });
  }

  it('are decoded like other pictures; what is transparent becomes white', async () => {
    const pixels = await decodeImage(bytesOf('32 bits, alpha'), square(13));
    assert.deepEqual([...pixels.subarray(0, 3)], [255, 255, 255]);
    const opaque = await decodeImage(bytesOf('24 bits'), square(13));
    assert.notDeepEqual([...opaque.subarray(0, 3)], [255, 255, 255]);
  });

  it('of a size that no picture has take no memory', async () => {
    const bomb = bytesOf('8 bits, runs');
    bomb.writeInt32LE(100_000, 18);
    bomb.writeInt32LE(100_000, 22);
    await assert.rejects(
      decodeImage(bomb, square(8), 'bomb.bmp'),
      /^UserError: bomb\.bmp cannot be decoded \(it has 100,000 x 100,000 pixels, more than 268 million\)/,
    );
  });
});
