import assert from 'node:assert/strict';
import sharp from 'sharp';
import {
  drawCrop,
  drawAugmentation,
  jitterColors,
  flipHorizontally,
} from '../../../lib/vision/images/augment';
import { decodeImage } from '../../../lib/vision/images/decode';
import { Random } from '../../../lib/random';
import { square } from '../../helpers/square';

/** Any picture: noise, 60 x 40. */
const random = new Random(1);
const noise = Buffer.from(Array.from({ length: 60 * 40 * 3 }, () => random.int(256)));
const picture = () =>
  sharp(noise, { raw: { width: 60, height: 40, channels: 3 } })
    .png()
    .toBuffer();

describe('the mirror image', () => {
  it('has the columns of the picture in reverse', () => {
    // two rows of three pixels, told apart by their first numbers
    const pixels = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    const reversed = [7, 8, 9, 4, 5, 6, 1, 2, 3, 17, 18, 19, 14, 15, 16, 11, 12, 13];
    assert.deepEqual([...flipHorizontally(pixels, 3)], reversed);
  });

  it('mirrored again is the picture, and nothing else about it changes', async () => {
    const plain = await decodeImage(await picture(), square(17));
    const flipped = await decodeImage(await picture(), square(17), undefined, { flip: true });
    assert.notDeepEqual(flipped, plain);
    assert.deepEqual([...flipHorizontally(flipped, 17)], [...plain]);
  });
});

describe('a random resized crop', () => {
  const boxes = (width: number, height: number) =>
    Array.from({ length: 500 }, (_, i) => drawCrop(new Random(i), width, height));

  it('lies in the picture, with the shares of its area and the shapes that torchvision draws', () => {
    const areas: number[] = [];
    const shapes: number[] = [];
    for (const { left, top, width, height } of boxes(500, 375)) {
      assert.ok(left >= 0 && top >= 0 && left + width <= 500 && top + height <= 375);
      areas.push((width * height) / (500 * 375));
      shapes.push(width / height);
    }
    assert.ok(Math.min(...areas) > 0.59 && Math.max(...areas) <= 1);
    assert.ok(Math.min(...areas) < 0.63 && Math.max(...areas) > 0.95);
    assert.ok(Math.min(...shapes) > 0.74 && Math.max(...shapes) < 1.35);
    assert.ok(Math.min(...shapes) < 0.9 && Math.max(...shapes) > 1.3);
  });

  it('of a very long picture is the middle in the longest allowed shape', () => {
    assert.deepEqual(boxes(1000, 30)[0], { left: 480, top: 0, width: 40, height: 30 });
    assert.deepEqual(boxes(30, 1000)[0], { left: 0, top: 480, width: 30, height: 40 });
    assert.deepEqual(boxes(1, 1)[0], { left: 0, top: 0, width: 1, height: 1 });
  });

  it('is cut out of the picture as it is shown: after the EXIF orientation', async () => {
    // Left half red, right half blue; turned by a quarter, red is above.
    const data = Buffer.alloc(40 * 20 * 3);
    for (let i = 0; i < 40 * 20; i++) data.set(i % 40 < 20 ? [255, 0, 0] : [0, 0, 255], 3 * i);
    const turned = await sharp(data, { raw: { width: 40, height: 20, channels: 3 } })
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 100 })
      .toBuffer();
    const crop = (width: number, height: number) => {
      assert.deepEqual([width, height], [20, 40]);
      return { left: 0, top: 25, width: 20, height: 15 };
    };
    const pixels = await decodeImage(turned, square(4), undefined, { flip: false, crop });
    for (let i = 0; i < 16; i++) assert.ok(pixels[3 * i] < 10 && pixels[3 * i + 2] > 245);
  });
});

describe('color jitter', () => {
  const pixels = Uint8Array.from([100, 50, 200, 20, 20, 20]);
  const none = { brightness: 1, contrast: 1, saturation: 1 };
  const jittered = (jitter: Partial<typeof none>) => [...jitterColors(pixels, { ...none, ...jitter })];

  // The formulas of torchvision's adjust_brightness, adjust_contrast and adjust_saturation, worked out by hand.
  it('leaves a picture alone where all factors are 1', () => assert.deepEqual(jittered({}), [...pixels]));
  it('multiplies by the brightness, up to 255', () => {
    assert.deepEqual(jittered({ brightness: 1.5 }), [150, 75, 255, 30, 30, 30]);
  });
  it('moves away from the mean gray by the contrast', () => {
    // grays are 82.05 and 20: their mean is 51.025
    assert.deepEqual(jittered({ contrast: 0.5 }), [76, 51, 126, 36, 36, 36]);
    assert.deepEqual(jittered({ contrast: 0 }), new Array<number>(6).fill(51));
  });
  it('moves away from the own gray by the saturation', () => {
    assert.deepEqual(jittered({ saturation: 0 }), [82, 82, 82, 20, 20, 20]);
    assert.deepEqual(jittered({ saturation: 1.5 }), [109, 34, 255, 20, 20, 20]);
  });
});

describe('a drawn view', () => {
  const decode = async (seed: number, name: string, number: number) =>
    decodeImage(await picture(), square(12), undefined, drawAugmentation(seed, name, number));

  it('has the same pixels for the same seed, picture and number, and others for another', async () => {
    const first = await decode(1, 'a', 1);
    assert.deepEqual(await decode(1, 'a', 1), first);
    for (const other of [decode(2, 'a', 1), decode(1, 'b', 1), decode(1, 'a', 2)])
      assert.notDeepEqual(await other, first);
  });

  it('is mirrored half of the time, and its colors change by a fifth at most', () => {
    const augmentations = Array.from({ length: 400 }, (_, i) => drawAugmentation(1, 'a', i));
    const flipped = augmentations.filter(({ flip }) => flip).length;
    assert.ok(flipped > 160 && flipped < 240, `${flipped}`);
    const factors = augmentations.flatMap(({ jitter }) => Object.values<number>({ ...jitter! }));
    assert.ok(Math.min(...factors) >= 0.8 && Math.max(...factors) <= 1.2);
    assert.ok(Math.min(...factors) < 0.81 && Math.max(...factors) > 1.19);
  });

  it('has nothing in common with the next one of the same picture', () => {
    const factors = (i: number) => [...Object.values<number>({ ...drawAugmentation(1, 'a.jpg', i).jitter! })];
    let alike = 0;
    for (let i = 0; i < 400; i++) {
      const next = drawAugmentation(1, 'a.jpg', i + 1);
      alike += drawAugmentation(1, 'a.jpg', i).flip === next.flip ? 1 : 0;
      const far = factors(i).map((factor, k) => Math.abs(factor - factors(i + 1)[k]));
      assert.ok(Math.max(...far) > 1e-3);
    }
    assert.ok(alike > 160 && alike < 240, `${alike} of 400`);
  });
});
