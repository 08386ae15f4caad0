import '../../../lib/native/backend';
import assert from 'node:assert';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { makeEncoder } from '../../../lib/vision/encoders/encoder';
import { encoderDefinition } from '../../../lib/vision/encoders/registry';
import type { WeightArrays } from '../../../lib/vision/encoders/weight-arrays';
import { Random } from '../../../lib/random';
import { readKerasWeights } from '../../../lib/vision/weights/keras-hdf5';
import { PROJECT_ROOT } from '../../../lib/project-root';
import { readFloats, relativeDifference } from '../../helpers/compare';
import { lite0Arrays, LITE0_WEIGHTS } from '../../helpers/lite0';

const PYTHON = path.join(PROJECT_ROOT, '.venv', 'bin', 'python');
const MIXED8 = path.join(PROJECT_ROOT, '..', 'shared', 'weights', 'inception_v3_imagenet2015_to_mixed8.h5');

/** Largest relative difference allowed: of the Euclidean norms of difference and reference. */
const TOLERANCE = 1e-3;

describe('features of the encoders beside those of Keras', function () {
  this.timeout(180_000);
  let folder = '';

  before(function () {
    if (!fs.existsSync(PYTHON) || !LITE0_WEIGHTS) {
      console.log('      skipped: .venv with TensorFlow or the weights of EfficientNet-Lite0 are missing');
      this.skip();
    }
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'encoders-'));
    for (const size of [299, 240, 224]) fs.writeFileSync(path.join(folder, `pixels${size}.raw`), image(size));

    const script = path.join(__dirname, 'reference.py');
    const given = fs.existsSync(MIXED8) ? [MIXED8] : [];
    execFileSync(PYTHON, [script, folder, LITE0_WEIGHTS, ...given], { stdio: ['ignore', 'ignore', 'pipe'] });
  });

  after(() => {
    if (folder !== '') fs.rmSync(folder, { recursive: true });
  });

  /** The encoder's features of the image against those in a file. */
  async function compare(
    name: string,
    arrays: WeightArrays,
    endPoint: string,
    reference: string,
  ): Promise<void> {
    const file = { arrays, weightsHash: '', source: reference };
    const encoder = makeEncoder(encoderDefinition(name), file, endPoint);
    const { height, width } = encoder.input;
    const pixels = fs.readFileSync(path.join(folder, `pixels${height}.raw`));
    const shape = [1, height, width, 3] as [number, number, number, number];
    const features = tf.tidy(() => encoder.forward(tf.tensor4d(Float32Array.from(pixels), shape)));
    encoder.dispose();
    assert.deepStrictEqual(features.shape, [1, encoder.regions, encoder.channels]);
    const expected = readFloats(path.join(folder, `${reference}.raw`));
    const difference = relativeDifference((await features.data()) as Float32Array, expected);
    features.dispose();
    assert.ok(difference <= TOLERANCE, `${reference}: relative difference ${difference}`);
  }

  for (const [name, file, endPoints] of [
    ['inception-v3', 'random', encoderDefinition('inception-v3').endPoints],
    ['resnet-50', 'resnet50', ['conv2_block1_out', 'conv3_block4_out', 'conv5_block3_out']],
    ['efficientnet-b1', 'efficientnetb1', ['block1a', 'block4b', 'top_activation']],
  ] as [string, string, string[]][]) {
    describe(`${encoderDefinition(name).title} with random weights that Keras saved`, () => {
      let arrays: WeightArrays;
      before(async () => {
        arrays = await readKerasWeights(path.join(folder, `${file}.h5`));
      });
      for (const endPoint of endPoints)
        it(endPoint, () => compare(name, arrays, endPoint, `${file}-${endPoint}`));
    });
  }

  it('InceptionV3 from a file that ends at mixed8, already folded', async () => {
    const arrays = await readKerasWeights(path.join(folder, 'cut.h5'));
    await compare('inception-v3', arrays, 'mixed8', 'cut-mixed8');
    await assert.rejects(compare('inception-v3', arrays, '', 'cut-mixed8'), /use endPoint mixed8/);
  });

  it('InceptionV3 at mixed8 with the given ImageNet weights, already folded', async function () {
    if (!fs.existsSync(MIXED8)) {
      console.log('      skipped: ../shared/weights is not there');
      this.skip();
    }
    const arrays = await readKerasWeights(MIXED8);
    await compare('inception-v3', arrays, 'mixed8', 'given-mixed8');
  });

  for (const endPoint of ['block0', 'block10', 'top']) {
    it(`EfficientNet-Lite0 at ${endPoint}`, async () => {
      await compare('efficientnet-lite0', await lite0Arrays(), endPoint, `lite0-${endPoint}`);
    });
  }
});

/** Smooth colors with noise: neither flat nor mere noise. */
function image(size: number): Uint8Array {
  const random = new Random(3, 'picture', size);
  return Uint8Array.from({ length: size * size * 3 }, (_, i) => {
    const wave = 127 + 80 * Math.sin(i / 700) + 40 * Math.cos(i / 13);
    return Math.max(0, Math.min(255, wave + 20 * random.normal()));
  });
}
