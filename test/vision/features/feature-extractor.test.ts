import '../../../lib/native/backend';
import assert from 'node:assert/strict';
import { Float16Array } from '@petamoriken/float16';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { decodeImage } from '../../../lib/vision/images/decode';
import { extractFeatures } from '../../../lib/vision/features/extract';
import { FeatureExtractor } from '../../../lib/vision/features/feature-extractor';
import { loadEncoder, type LoadedEncoder } from '../../../lib/vision/weights/load-encoder';

const PHOTOS = path.join(__dirname, '../../../data/photos');

describe('feature extractor', function () {
  this.timeout(60_000);
  let dir: string;
  let encoder: LoadedEncoder;
  const files = fs
    .readdirSync(PHOTOS)
    .filter((name) => name.endsWith('.jpg'))
    .map((name) => path.join(PHOTOS, name));

  before(async () => {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), 'extractor-'));
    encoder = await loadEncoder({ encoder: 'efficientnet-lite0', endPoint: '', encoderWeights: '' });
  });
  after(() => {
    encoder.dispose();
    fs.rmSync(dir, { recursive: true });
  });

  for (const precision of ['float32', 'bfloat16'] as const) {
    it(`gives generateCaption the bits that training gets (${precision})`, async () => {
      const training = new FeatureExtractor(encoder, precision, 32);
      const captioning = new FeatureExtractor(encoder, precision, 16);
      const images = files.map((file) => ({ id: file, file }));
      const { store } = await extractFeatures(images, training, { dir });
      const cached = await store.read(files);
      const read = captioning.tensorOf(await Promise.all(files.map((file) => captioning.decode(file))));
      assert.deepEqual(read.shape, cached.shape);
      const values = read.dataSync();
      assert.deepEqual(values, cached.dataSync());
      assert.ok(values.some((value) => value !== values[0]));
      cached.dispose();
      read.dispose();
      store.close();
      training.dispose();
      captioning.dispose();
    });

    it(`gives an image the same features in a batch of 1 and of 32 (${precision})`, async () => {
      const extractor = new FeatureExtractor(encoder, precision, 32);
      const decoded = await Promise.all(files.map((file) => decodeImage(file, encoder.input)));
      const batch = Array.from({ length: 32 }, (_, i) => decoded[i % decoded.length]);
      const alone = extractor.extract(batch); // the first whole batch runs image by image
      const together = extractor.extract(batch);
      const values = (features: Uint16Array[]) =>
        features.flatMap((one) => [...new Float16Array(one.slice().buffer)]);
      // The same bits on processors with AVX-512; others may choose another kernel for another batch.
      const [expected, actual] = [values(alone), values(together)];
      const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const tolerance = largest * (precision === 'bfloat16' ? 2 ** -6 : 2 ** -10);
      assert.ok(expected.every((value, i) => Math.abs(value - actual[i]) <= tolerance));
      extractor.dispose();
    });
  }
});
