import '../../../lib/native/backend';
import assert from 'node:assert';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import * as tf from '@tensorflow/tfjs-core';
import type { Encoder } from '../../../lib/vision/encoders/encoder';
import { extractFeatures, type ExtractOptions, type ImageFile } from '../../../lib/vision/features/extract';
import { FeatureExtractor } from '../../../lib/vision/features/feature-extractor';
import { Augmentations } from '../../../lib/vision/features/augmentations';
import { nativeTensorCount } from '../../../lib/native/backend';
import { failingFs } from '../../helpers/failing-fs';
import { square } from '../../helpers/square';

/** Stands in for a network: the mean of each quarter of an 8 x 8 image. */
class QuarterMeans implements Encoder {
  readonly name = 'inception-v3';
  readonly endPoint: string = 'mixed0';
  readonly weightsHash: string = 'abc';
  readonly input = square(8);
  readonly grid: [number, number] = [2, 2];
  readonly regions = 4;
  readonly channels = 3;
  readonly weights = [];
  /** Batch sizes of the graphs that it became. */
  readonly traced: number[] = [];

  forward = (images: tf.Tensor4D): tf.Tensor3D => {
    this.traced.push(images.shape[0]);
    return tf.reshape(tf.avgPool(images, 4, 4, 'valid'), [images.shape[0], 4, 3]);
  };

  dispose(): void {}
}

/** Batches of three, which it counts. */
class CountingExtractor extends FeatureExtractor {
  readonly batches: number[] = [];

  constructor(
    changes: Partial<Encoder> = {},
    precision: 'float32' | 'bfloat16' = 'float32',
    readonly means = Object.assign(new QuarterMeans(), changes),
  ) {
    super(means, precision, 3);
  }

  override extract(images: readonly Uint8Array[]): Uint16Array[] {
    this.batches.push(images.length);
    return super.extract(images);
  }
}

describe('extraction of features', () => {
  let dir = '';
  let images: ImageFile[] = [];
  let extractor = new CountingExtractor();

  beforeEach(async () => {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), 'extract-'));
    extractor = new CountingExtractor();
    images = [];
    for (let i = 0; i < 7; i++) images.push({ id: `image${i}`, file: await draw(`image${i}.png`, 10 * i) });
  });
  afterEach(() => {
    extractor.dispose();
    fs.rmSync(dir, { recursive: true });
  });

  async function draw(name: string, gray: number): Promise<string> {
    const file = path.join(dir, name);
    const background = { r: gray, g: gray, b: gray };
    await sharp({ create: { width: 8, height: 8, channels: 3, background } })
      .png()
      .toFile(file);
    return file;
  }

  async function extract(options: Partial<ExtractOptions> = {}) {
    const { store, problems } = await extractFeatures(images, extractor, {
      dir: path.join(dir, 'cache'),
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

  it('encodes every image once, in batches', async () => {
    assert.deepStrictEqual((await extract()).firsts, all);
    assert.deepStrictEqual(extractor.batches, [3, 3, 1]);
    assert.deepStrictEqual((await extract()).firsts, all);
    assert.strictEqual(extractor.batches.length, 3);
  });

  it('makes graphs for one image and for a whole batch, and pads none', async () => {
    assert.deepStrictEqual((await extract()).firsts, all);
    assert.deepStrictEqual(extractor.means.traced, [1, 3]);
  });

  it('keeps what was done when stopped, and goes on from there', async () => {
    const stop = new AbortController();
    const stopping = () => ({ update: () => stop.abort(), finish: () => undefined });
    await assert.rejects(extract({ progress: stopping, signal: stop.signal }), {
      name: 'UserError',
      message: 'Stopped after 3 of 7 images; their features are kept: run again to continue.',
    });
    extractor.batches.length = 0;
    assert.deepStrictEqual((await extract()).firsts, all);
    assert.deepStrictEqual(extractor.batches, [3, 1]);
  });

  it('lists images that cannot be read, and leaves them out', async () => {
    fs.writeFileSync(images[1].file, 'not an image');
    fs.rmSync(images[4].file);
    const { firsts, problems } = await extract();
    assert.deepStrictEqual(Object.keys(firsts), ['image0', 'image2', 'image3', 'image5', 'image6']);
    assert.deepStrictEqual(
      problems.map(({ where }) => where),
      ['image1', 'image4'],
    );
    assert.match(problems[0].what, /image1\.png cannot be decoded/);
  });

  it('lists images that may not be read any more, and leaves them out', async () => {
    await extract();
    const later = new Date('2030-01-01');
    for (const i of [1, 4]) fs.utimesSync(images[i].file, later, later);
    const works = [
      failingFs('readFileSync', (file) => file === images[1].file, 'EACCES'),
      failingFs('statSync', (file) => file === images[4].file, 'EACCES'), // its folder is closed
      failingFs('readFileSync', (file) => file === images[4].file, 'EACCES'),
    ];
    try {
      const { firsts, problems } = await extract();
      assert.deepStrictEqual(Object.keys(firsts), ['image0', 'image2', 'image3', 'image5', 'image6']);
      for (const { what } of problems)
        assert.match(what, /image[14]\.png cannot be read \(permission denied\)/);
      assert.equal(problems.length, 2);
    } finally {
      works.reverse().forEach((work) => work());
    }
  });

  it('encodes an image again when its file has changed, not when it was only copied', async () => {
    await extract();
    await draw('image2.png', 99);
    const long = new Date('2001-02-03');
    fs.utimesSync(images[5].file, long, long);
    extractor.batches.length = 0;
    assert.deepStrictEqual((await extract()).firsts, { ...all, image2: 99 });
    assert.deepStrictEqual(extractor.batches, [1]);
  });

  it('keeps the features of different weights, end points and precisions apart', async () => {
    const extractors = [
      extractor,
      new CountingExtractor({}, 'bfloat16'),
      new CountingExtractor({ weightsHash: 'def' }),
      new CountingExtractor({ endPoint: 'mixed1' }),
    ];
    for (const one of extractors)
      (await extractFeatures(images, one, { dir: path.join(dir, 'cache') })).store.close();
    assert.strictEqual(fs.readdirSync(path.join(dir, 'cache')).length, extractors.length);
  });

  describe('of augmentations', () => {
    const flip = new Augmentations({ augment: 'flip', augmentations: 2, seed: 1 });
    const full = (augmentations: number, seed = 1) =>
      new Augmentations({ augment: 'full', augmentations, seed });

    /** Features [regions * channels] by id. */
    async function featuresOf(files: readonly ImageFile[]): Promise<Record<string, number[]>> {
      const { store } = await extractFeatures(files, extractor, { dir: path.join(dir, 'cache') });
      const values = [...(await store.read(files.map(({ id }) => id))).dataSync<'float32'>()];
      store.close();
      return Object.fromEntries(files.map(({ id }, i) => [id, values.slice(12 * i, 12 * i + 12)]));
    }

    const extracted = async (files: readonly ImageFile[]) => {
      extractor.batches.length = 0;
      await featuresOf(files);
      return extractor.batches.reduce((sum, count) => sum + count, 0);
    };

    beforeEach(async () => {
      // the left half dark, the right half light
      const pixels = Buffer.from(Array.from({ length: 8 * 8 * 3 }, (_, i) => (i % 24 < 12 ? 40 : 200)));
      const halves = sharp(pixels, { raw: { width: 8, height: 8, channels: 3 } });
      for (const { file } of images) await halves.png().toFile(file);
    });

    it('computes those of the mirror image, and not again those of the image', async () => {
      await featuresOf(images);
      extractor.batches.length = 0;
      const files = [...images, ...flip.files(images)];
      const features = await featuresOf(files);
      assert.deepStrictEqual(extractor.batches, [3, 3, 1]);
      const [plain, mirrored] = flip.of('image3').map(({ id }) => features[id]);
      const [dark, light] = [new Array<number>(3).fill(40), new Array<number>(3).fill(200)];
      assert.deepStrictEqual(plain, [...dark, ...light, ...dark, ...light]);
      assert.deepStrictEqual(mirrored, [...light, ...dark, ...light, ...dark]);
      assert.strictEqual(await extracted(files), 0);
    });

    it('computes more augmentations beside those that are there, and others for another seed', async () => {
      const before = await featuresOf(full(3).files(images));
      assert.strictEqual(Object.keys(before).length, 14);
      assert.strictEqual(await extracted(full(5).files(images)), 14);
      assert.strictEqual(await extracted(full(5, 2).files(images)), 28);
      assert.strictEqual(await extracted(flip.files(images)), 7);
      assert.deepStrictEqual(await featuresOf(full(3).files(images)), before);
    });

    it('goes on where it was stopped, to the same features', async () => {
      const files = [...images, ...full(3).files(images)];
      const stop = new AbortController();
      const stopping = () => ({
        update: (count: number) => (count === 12 ? stop.abort() : undefined),
        finish: () => undefined,
      });
      const options = { dir: path.join(dir, 'cache'), progress: stopping, signal: stop.signal };
      await assert.rejects(
        extractFeatures(files, extractor, options),
        /^UserError: Stopped after 12 of 21 images/,
      );
      assert.strictEqual(await extracted(files), 9);
      const resumed = await featuresOf(files);
      fs.rmSync(path.join(dir, 'cache'), { recursive: true });
      assert.deepStrictEqual(await featuresOf(files), resumed);
    });
  });

  it('reports progress, and leaves no tensors behind', async () => {
    const done: number[] = [];
    const before = nativeTensorCount();
    await extract({
      progress: (_, total) => ({ update: (count) => done.push(count, total), finish: () => done.push(-1) }),
    });
    assert.deepStrictEqual(done, [3, 7, 6, 7, 7, 7, -1]);
    assert.strictEqual(nativeTensorCount(), before);
  });
});
