import '../../lib/native/backend';
import assert from 'node:assert';
import fs from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { efficientNetLite0 } from '../../lib/encoders/efficientnet-lite0';
import { inceptionV3 } from '../../lib/encoders/inception-v3';
import type { WeightArray } from '../../lib/encoders/weight-arrays';
import { UserError } from '../../lib/errors';
import { decodeImage } from '../../lib/images/decode';
import { nativeTensorCount } from '../../lib/native/backend';
import { Random } from '../../lib/random';
import { findWeights, PROJECT_ROOT } from '../../lib/weights/known-weights';
import { readCheckpoint } from '../../lib/weights/pytorch-checkpoint';

const FLICKR8K = path.join(PROJECT_ROOT, '..', 'shared', 'flickr8k');

/** ImageNet's classes of dogs, from Chihuahua to African hunting dog. */
const isDog = (label: number) => label >= 151 && label <= 275;

describe('InceptionV3', () => {
  const options = { weightsHash: '', source: 'file.h5' };

  /** So many convolutions, all far too small. */
  const tiny = (count: number) => {
    const array: WeightArray = { shape: [1, 1, 1, 1], values: Float32Array.of(1) };
    return new Map(Array.from({ length: count }, (_, i) => [`conv2d_${i + 1}/kernel`, array]));
  };

  it('says what a file holds that does not reach the end point', () => {
    const error = {
      name: 'UserError',
      message: 'file.h5 cannot give mixed10: it holds InceptionV3 only up to mixed8: use --end-point mixed8.',
    };
    assert.throws(() => inceptionV3(tiny(76), { ...options, endPoint: '' }), error);
    assert.throws(() => inceptionV3(tiny(84), { ...options, endPoint: 'mixed10' }), error);
  });

  it('knows no other end points', () => {
    assert.throws(() => inceptionV3(tiny(94), { ...options, endPoint: 'mixed11' }), /no end point "mixed11"/);
  });

  it('refuses weights of another network and frees what it had made of them', () => {
    const before = nativeTensorCount();
    const wrong = /conv2d_1 is 1x1x1x1, not 3x3 with 32 filters/;
    assert.throws(() => inceptionV3(tiny(94), { ...options, endPoint: 'mixed0' }), wrong);
    assert.strictEqual(nativeTensorCount(), before);
  });
});

describe('EfficientNet-Lite0', function () {
  const checkpoint = findWeights('efficientnet-lite0');
  const load = (endPoint: string) =>
    efficientNetLite0(readCheckpoint(checkpoint as string), {
      endPoint,
      weightsHash: '',
      source: 'file.pth',
    });

  before(function () {
    if (!checkpoint) {
      console.log('      skipped: the EfficientNet-Lite0 package is not in .venv');
      this.skip();
    }
  });

  it('names a missing array', () => {
    const arrays = new Map(readCheckpoint(checkpoint as string));
    arrays.delete('_blocks.3._bn1.bias');
    const build = () => efficientNetLite0(arrays, { endPoint: 'top', weightsHash: '', source: 'file.pth' });
    assert.throws(
      build,
      (error) => error instanceof UserError && /_blocks.3._bn1.bias is missing/.test(error.message),
    );
  });

  it('builds no more than the end point needs', () => {
    const encoder = load('block4');
    // 1 stem, 2 of the first block, 3 of each other; kernel and bias each
    assert.strictEqual(encoder.weights.length, 2 * (1 + 2 + 4 * 3));
    assert.deepStrictEqual([encoder.grid, encoder.channels], [[28, 28], 40]);
    encoder.dispose();
  });

  it('gives each picture of a batch the features that it has alone, and leaves no tensors behind', () => {
    const before = nativeTensorCount();
    const encoder = load('');
    const random = new Random(1, 'pictures');
    const picture = () =>
      tf.tensor4d(
        Float32Array.from({ length: 224 * 224 * 3 }, () => random.int(256)),
        [1, 224, 224, 3],
      );
    // TensorFlow gets the weights when they are used for the first time
    tf.tidy(() => void encoder.forward(picture()));
    const held = nativeTensorCount();
    assert.strictEqual(held, before + encoder.weights.length);
    const difference = tf.tidy(() => {
      const pictures = [picture(), picture()];
      const together = encoder.forward(tf.concat(pictures));
      const alone = tf.concat(pictures.map((one) => encoder.forward(one)));
      assert.deepStrictEqual(together.shape, [2, 49, 1280]);
      return tf.max(tf.abs(tf.sub(together, alone))).dataSync()[0];
    });
    assert.ok(difference < 1e-3, `largest difference ${difference}`);
    assert.strictEqual(nativeTensorCount(), held);
    encoder.dispose();
    assert.strictEqual(nativeTensorCount(), before);
  });

  it('sees dogs where people saw dogs (with the classifier that the checkpoint holds)', async function () {
    if (!fs.existsSync(FLICKR8K)) {
      console.log('      skipped: ../shared/flickr8k is not there');
      this.skip();
    }
    const arrays = readCheckpoint(checkpoint as string);
    const [kernel, bias] = ['_fc.weight', '_fc.bias'].map((name) => {
      const { values, shape } = arrays.get(name) as WeightArray;
      return tf.tensor(values, shape);
    });
    const encoder = load('top');
    const labels: number[] = [];
    for (const file of photographsOf('dog').slice(0, 8)) {
      const pixels = Float32Array.from(await decodeImage(file, 224));
      const logits = tf.tidy(() => {
        const features = encoder.forward(tf.tensor4d(pixels, [1, 224, 224, 3]));
        return tf.add(tf.matMul(tf.mean(features, 1), kernel as tf.Tensor2D, false, true), bias);
      });
      labels.push(tf.tidy(() => tf.argMax(logits, 1).dataSync()[0]));
      logits.dispose();
    }
    tf.dispose([kernel, bias]);
    encoder.dispose();
    assert.ok(labels.length >= 5, `only ${labels.length} photographs of dogs`);
    assert.ok(labels.filter(isDog).length >= 0.75 * labels.length, `classes ${labels.join(', ')}`);
  });
});

/** Original photographs whose five captions all have the word. */
function photographsOf(word: string): string[] {
  const folder = path.join(FLICKR8K, 'originals');
  const lines = fs.readFileSync(path.join(FLICKR8K, 'Flickr8k.token.txt'), 'utf8').split('\n');
  const naming = lines
    .filter((line) => new RegExp(`\\b${word}\\b`).test(line))
    .map((line) => line.split('#')[0]);
  return fs
    .readdirSync(folder)
    .filter((name) => naming.filter((other) => other === name).length === 5)
    .map((name) => path.join(folder, name));
}
