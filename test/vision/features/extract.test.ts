import '../../../lib/native/backend';
import assert from 'node:assert';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import * as tf from '@tensorflow/tfjs-core';
import type { Encoder } from '../../../lib/vision/encoders/encoder';
import { extractFeatures, type ExtractOptions, type ImageFile } from '../../../lib/vision/features/extract';
import { Augmentations } from '../../../lib/vision/features/augmentations';
import { nativeTensorCount } from '../../../lib/native/backend';
import { square } from '../../helpers/square';

/** Stands in for a network: the mean of each quarter of an 8 x 8 picture, and how many batches it saw. */
class QuarterMeans implements Encoder {
  readonly name = 'inception-v3';
  readonly endPoint = 'mixed0';
  readonly weightsHash = 'abc';
  readonly input = square(8);
  readonly grid: [number, number] = [2, 2];
  readonly regions = 4;
  readonly channels = 3;
  readonly weights = [];
  readonly batches: number[] = [];

  forward = (images: tf.Tensor4D): tf.Tensor3D => {
    this.batches.push(images.shape[0]);
    return tf.reshape(tf.avgPool(images, 4, 4, 'valid'), [images.shape[0], 4, 3]);
  };

  dispose(): void {}
}

describe('extraction of features', () => {
  let dir = '';
  let images: ImageFile[] = [];
  let encoder = new QuarterMeans();

  beforeEach(async () => {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), 'extract-'));
    encoder = new QuarterMeans();
    images = [];
    for (let i = 0; i < 7; i++) images.push({ id: `image${i}`, file: await draw(`image${i}.png`, 10 * i) });
  });
  afterEach(() => fs.rmSync(dir, { recursive: true }));

  async function draw(name: string, gray: number): Promise<string> {
    const file = path.join(dir, name);
    const background = { r: gray, g: gray, b: gray };
    await sharp({ create: { width: 8, height: 8, channels: 3, background } })
      .png()
      .toFile(file);
    return file;
  }

  async function extract(options: Partial<ExtractOptions> = {}) {
    const { store, problems } = await extractFeatures(images, encoder, {
      dir: path.join(dir, 'cache'),
      batchSize: 3,
      ...options,
    });
    const ids = images.map(({ id }) => id).filter((id) => store.has(id));
    const features = await store.read(ids);
    const values = features.dataSync<'float32'>();
    features.dispose();
    store.close();
    const firsts = Object.fromEntries(ids.map((id, i) => [id, values[i * 12]]));
    return { firsts, problems };
  }

  const all = { image0: 0, image1: 10, image2: 20, image3: 30, image4: 40, image5: 50, image6: 60 };

  it('encodes every picture once, in batches', async () => {
    assert.deepStrictEqual((await extract()).firsts, all);
    assert.deepStrictEqual(encoder.batches, [3, 3, 1]);
    assert.deepStrictEqual((await extract()).firsts, all);
    assert.strictEqual(encoder.batches.length, 3);
  });

  it('gives a compiled encoder full batches alone', async () => {
    const sizes: number[] = [];
    const run = (batch: tf.Tensor4D) => {
      sizes.push(batch.shape[0]);
      return new QuarterMeans().forward(batch);
    };
    assert.deepStrictEqual((await extract({ run })).firsts, all);
    assert.deepStrictEqual([sizes, encoder.batches], [[3, 3, 3], []]);
  });

  it('keeps what was done when stopped, and goes on from there', async () => {
    const stop = new AbortController();
    const run = (batch: tf.Tensor4D) => {
      stop.abort();
      return encoder.forward(batch);
    };
    await assert.rejects(extract({ run, signal: stop.signal }), {
      name: 'UserError',
      message: 'Stopped after 3 of 7 images; they are kept, run it again to go on.',
    });
    encoder.batches.length = 0;
    assert.deepStrictEqual((await extract()).firsts, all);
    assert.deepStrictEqual(encoder.batches, [3, 1]);
  });

  it('lists pictures that cannot be read, and leaves them out', async () => {
    fs.writeFileSync(images[1].file, 'no picture');
    fs.rmSync(images[4].file);
    const { firsts, problems } = await extract();
    assert.deepStrictEqual(Object.keys(firsts), ['image0', 'image2', 'image3', 'image5', 'image6']);
    assert.deepStrictEqual(
      problems.map(({ where }) => where),
      ['image1', 'image4'],
    );
    assert.match(problems[0].what, /image1\.png cannot be decoded/);
  });

  it('encodes a picture again when its file has changed, not when it was only copied', async () => {
    await extract();
    await draw('image2.png', 99);
    const long = new Date('2001-02-03');
    fs.utimesSync(images[5].file, long, long);
    encoder.batches.length = 0;
    assert.deepStrictEqual((await extract()).firsts, { ...all, image2: 99 });
    assert.deepStrictEqual(encoder.batches, [1]);
  });

  it('keeps the features of different weights, end points and variants apart', async () => {
    const folders = [
      await extract(),
      await extract({ variant: 'bfloat16' }),
      await extractFeatures(images, Object.assign(new QuarterMeans(), { weightsHash: 'def' }), {
        dir: path.join(dir, 'cache'),
        batchSize: 3,
      }).then(({ store }) => store.close()),
      await extractFeatures(images, Object.assign(new QuarterMeans(), { endPoint: 'mixed1' }), {
        dir: path.join(dir, 'cache'),
        batchSize: 3,
      }).then(({ store }) => store.close()),
    ];
    assert.strictEqual(fs.readdirSync(path.join(dir, 'cache')).length, folders.length);
  });

  describe('of augmentations', () => {
    const flip = new Augmentations({ augment: 'flip', augmentations: 2, seed: 1 });
    const full = (augmentations: number, seed = 1) =>
      new Augmentations({ augment: 'full', augmentations, seed });

    /** Features [regions * channels] by id. */
    async function featuresOf(files: readonly ImageFile[]): Promise<Record<string, number[]>> {
      const { store } = await extractFeatures(files, encoder, { dir: path.join(dir, 'cache'), batchSize: 3 });
      const values = [...(await store.read(files.map(({ id }) => id))).dataSync<'float32'>()];
      store.close();
      return Object.fromEntries(files.map(({ id }, i) => [id, values.slice(12 * i, 12 * i + 12)]));
    }

    const seenOnly = async (files: readonly ImageFile[]) => {
      encoder.batches.length = 0;
      await featuresOf(files);
      return encoder.batches.reduce((sum, rows) => sum + rows, 0);
    };

    beforeEach(async () => {
      // the left half dark, the right half light
      const pixels = Buffer.from(Array.from({ length: 8 * 8 * 3 }, (_, i) => (i % 24 < 12 ? 40 : 200)));
      const halves = sharp(pixels, { raw: { width: 8, height: 8, channels: 3 } });
      for (const { file } of images) await halves.png().toFile(file);
    });

    it('computes those of the mirror image, and not again those of the picture', async () => {
      await featuresOf(images);
      encoder.batches.length = 0;
      const files = [...images, ...flip.files(images)];
      const features = await featuresOf(files);
      assert.deepStrictEqual(encoder.batches, [3, 3, 1]);
      const [plain, mirrored] = flip.of('image3').map(({ id }) => features[id]);
      const [dark, light] = [new Array<number>(3).fill(40), new Array<number>(3).fill(200)];
      assert.deepStrictEqual(plain, [...dark, ...light, ...dark, ...light]);
      assert.deepStrictEqual(mirrored, [...light, ...dark, ...light, ...dark]);
      assert.strictEqual(await seenOnly(files), 0);
    });

    it('computes more augmentations beside those that are there, and others for another seed', async () => {
      const before = await featuresOf(full(3).files(images));
      assert.strictEqual(Object.keys(before).length, 14);
      assert.strictEqual(await seenOnly(full(5).files(images)), 14);
      assert.strictEqual(await seenOnly(full(5, 2).files(images)), 28);
      assert.strictEqual(await seenOnly(flip.files(images)), 7);
      assert.deepStrictEqual(await featuresOf(full(3).files(images)), before);
    });

    it('goes on where it was stopped, to the same features', async () => {
      const files = [...images, ...full(3).files(images)];
      const stop = new AbortController();
      const run = (batch: tf.Tensor4D) => {
        if (encoder.batches.length === 3) stop.abort();
        return encoder.forward(batch);
      };
      const options = { dir: path.join(dir, 'cache'), batchSize: 3, run, signal: stop.signal };
      await assert.rejects(
        extractFeatures(files, encoder, options),
        /^UserError: Stopped after 12 of 21 images/,
      );
      assert.strictEqual(await seenOnly(files), 9);
      const resumed = await featuresOf(files);
      fs.rmSync(path.join(dir, 'cache'), { recursive: true });
      assert.deepStrictEqual(await featuresOf(files), resumed);
    });
  });

  it('says how far it is, and leaves no tensors behind', async () => {
    const done: number[] = [];
    const before = nativeTensorCount();
    await extract({
      progress: (_, total) => ({ update: (count) => done.push(count, total), finish: () => done.push(-1) }),
    });
    assert.deepStrictEqual(done, [3, 7, 6, 7, 7, 7, -1]);
    assert.strictEqual(nativeTensorCount(), before);
  });
});
