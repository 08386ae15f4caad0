import '../../../lib/native/backend';
import assert from 'node:assert';
import fs from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { efficientNetB1 } from '../../../lib/vision/encoders/efficientnet-b1';
import {
  efficientNetLite0,
  efficientNetLite1,
  efficientNetLite2,
} from '../../../lib/vision/encoders/efficientnet-lite';
import type { ConvolutionalEncoder } from '../../../lib/vision/encoders/convolutional-encoder';
import { makeEncoder } from '../../../lib/vision/encoders/encoder';
import { inceptionV3 } from '../../../lib/vision/encoders/inception-v3';
import { encoderNames } from '../../../lib/vision/encoders/registry';
import { resNet50 } from '../../../lib/vision/encoders/resnet-50';
import type { WeightArray, WeightArrays } from '../../../lib/vision/encoders/weight-arrays';
import { UserError } from '../../../lib/errors';
import { decodeImage } from '../../../lib/vision/images/decode';
import { nativeTensorCount } from '../../../lib/native/backend';
import { Random } from '../../../lib/random';
import { PROJECT_ROOT } from '../../../lib/project-root';
import { findWeights } from '../../../lib/vision/weights/load-encoder';
import { readWeightArrays } from '../../../lib/vision/weights/read-weights';
import { lite0Arrays, LITE0_WEIGHTS } from '../../helpers/lite0';

const FLICKR8K = path.join(PROJECT_ROOT, '..', 'shared', 'flickr8k');

/** ImageNet's classes of dogs, from Chihuahua to African hunting dog. */
const isDog = (label: number) => label >= 151 && label <= 275;

/** ImageNet's tabby, tiger cat and Egyptian cat; its espresso and cup. */
const CATS = [281, 282, 285];
const COFFEE = [967, 968];

const array = (...shape: number[]): WeightArray => ({
  shape,
  values: new Float32Array(shape.reduce((product, size) => product * size, 1)),
});

describe('InceptionV3', () => {
  /** A file with so many convolutions, all far too small. */
  const build = (count: number, endPoint: string) => {
    const names = Array.from({ length: count }, (_, i) => `conv2d_${i + 1}/kernel`);
    const arrays = new Map(names.map((name) => [name, array(1, 1, 1, 1)]));
    return makeEncoder(inceptionV3, { arrays, weightsHash: '', source: 'file.h5' }, endPoint);
  };

  it('names the last end point of a file that does not reach the wanted one', () => {
    const error = {
      name: 'UserError',
      message: 'file.h5 cannot give mixed10: it holds InceptionV3 only up to mixed8: use endPoint mixed8.',
    };
    assert.throws(() => build(76, ''), error);
    assert.throws(() => build(84, 'mixed10'), error);
    assert.throws(() => build(0, 'mixed10'), /does not hold even the first blocks of InceptionV3/);
  });

  it('has no other end points', () => {
    assert.throws(() => build(94, 'mixed11'), /no end point "mixed11": choose one of mixed0, .*, mixed10\./);
  });

  it('refuses weights of another network and frees what it had made of them', () => {
    const before = nativeTensorCount();
    assert.throws(() => build(94, 'mixed0'), /conv2d_1 is 1x1x1x1, not 3x3x3x32/);
    assert.strictEqual(nativeTensorCount(), before);
  });
});

describe('the networks', () => {
  /**
   * Grid, channels and parameters of the networks without classifier: from Keras' model.summary(), for EfficientNet-Lite
   * counted in the checkpoints of PyTorch.
   */
  const ends = [
    [inceptionV3, 8, 2048, 21_802_784],
    [resNet50, 7, 2048, 23_587_712],
    [efficientNetB1, 8, 1280, 6_575_239],
    [efficientNetLite0, 7, 1280, 3_413_024],
    [efficientNetLite1, 8, 1280, 4_189_344],
    [efficientNetLite2, 9, 1280, 4_869_168],
  ] as const;

  for (const [{ name, blocks }, side, channels, parameters] of ends) {
    it(`${name} ends as the original does, with as many parameters`, () => {
      assert.deepStrictEqual(blocks[blocks.length - 1].layer.size, { rows: side, columns: side, channels });
      const convolutions = blocks.flatMap((block) => block.layer.convolutions);
      const count = convolutions.reduce((sum, { kernel, norm, filters }) => {
        // without scales in InceptionV3; only ResNet-50 and squeeze-and-excitation have biases
        const perFilter =
          (norm ? (name === 'inception-v3' ? 3 : 4) : 0) + (!norm || name === 'resnet-50' ? 1 : 0);
        return sum + kernel.reduce((product, size) => product * size, 1) + perFilter * filters;
      }, 0);
      const normalizedPixels = name === 'efficientnet-b1' ? 7 : 0; // mean, variance and their count
      assert.strictEqual(count + normalizedPixels, parameters);
    });
  }

  it('EfficientNet-Lite1 and Lite2 have the channels of the published checkpoints in each block', () => {
    const channels = (network: ConvolutionalEncoder) =>
      network.blocks.map(({ layer }) => layer.size.channels);
    const repeated = (...pairs: [count: number, channels: number][]) =>
      pairs.flatMap(([count, one]) => Array.from({ length: count }, () => one));
    assert.deepStrictEqual(
      channels(efficientNetLite1),
      repeated([1, 16], [3, 24], [3, 40], [4, 80], [4, 112], [5, 192], [1, 320], [1, 1280]),
    );
    assert.deepStrictEqual(
      channels(efficientNetLite2),
      repeated([1, 16], [3, 24], [3, 48], [4, 88], [4, 120], [5, 208], [1, 352], [1, 1280]),
    );
    assert.strictEqual(efficientNetLite2.endPoints.at(-2), 'block20');
  });

  it('each fit weights of their own alone, by names and shapes', () => {
    const networks = [inceptionV3, resNet50, efficientNetB1];
    const files = networks.map(
      ({ blocks }) =>
        new Map(
          blocks[0].layer.convolutions.map(
            ({ name, kernel }) => [`${name}/kernel`, array(...kernel)] as const,
          ),
        ),
    );
    files.push(new Map([['conv2d_1/kernel', array(1, 1, 1, 1)]]), new Map());
    const fitting = files.map((one) => networks.filter(({ fits }) => fits(one)).map(({ name }) => name));
    assert.deepStrictEqual(fitting, [['inception-v3'], ['resnet-50'], ['efficientnet-b1'], [], []]);
    assert.ok(ends.every(([{ name }]) => encoderNames().includes(name)));
  });

  it('refuse a file that lacks batch normalizations or holds another network', () => {
    const kernel = (name: string, ...shape: number[]) => [`${name}/kernel`, array(...shape)] as const;
    const first = resNet50.blocks[0].layer.convolutions;
    const kernels = first.map((one) => kernel(one.name, ...one.kernel));
    const file = (arrays: WeightArrays) => ({ arrays, weightsHash: '', source: 'file.h5' });
    const resNet = (arrays: WeightArrays) => makeEncoder(resNet50, file(arrays), 'conv2_block1_out');
    const partly = new Map([...kernels, ['conv2_block1_1_bn/moving_mean', array(64)]]);
    assert.throws(() => resNet(partly), /conv1_bn\/moving_mean is missing, not 64 values: .* of ResNet-50/);
    assert.throws(() => resNet(new Map()), /does not hold even the first blocks of ResNet-50/);
    const blocks = efficientNetB1.blocks[0].layer.convolutions.map((one) => kernel(one.name, ...one.kernel));
    assert.throws(
      () => makeEncoder(efficientNetB1, file(new Map(blocks)), 'block1a'),
      /normalization\/mean is missing/,
    );
  });
});

describe('EfficientNet-Lite0', function () {
  let arrays: WeightArrays;
  const fileOf = (these: WeightArrays) => ({ arrays: these, weightsHash: '', source: 'file.safetensors' });
  const load = (endPoint: string) => makeEncoder(efficientNetLite0, fileOf(arrays), endPoint);

  before(async function () {
    if (!LITE0_WEIGHTS) {
      console.log('      skipped: the weights of EfficientNet-Lite0 are not in models/');
      this.skip();
    }
    arrays = await lite0Arrays();
  });

  it('names a missing array', () => {
    const fewer = new Map(arrays);
    fewer.delete('_blocks.3._bn1.bias');
    const build = () => makeEncoder(efficientNetLite0, fileOf(fewer), 'top');
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

  it('gives each image of a batch the features that it has alone, and leaves no tensors behind', () => {
    const before = nativeTensorCount();
    const encoder = load('');
    const random = new Random(1, 'pictures');
    const image = () =>
      tf.tensor4d(
        Float32Array.from({ length: 224 * 224 * 3 }, () => random.int(256)),
        [1, 224, 224, 3],
      );
    // TensorFlow gets the weights when they are used for the first time
    tf.tidy(() => void encoder.forward(image()));
    const held = nativeTensorCount();
    assert.strictEqual(held, before + encoder.weights.length);
    const difference = tf.tidy(() => {
      const images = [image(), image()];
      const together = encoder.forward(tf.concat(images));
      const alone = tf.concat(images.map((one) => encoder.forward(one)));
      assert.deepStrictEqual(together.shape, [2, 49, 1280]);
      return tf.max(tf.abs(tf.sub(together, alone))).dataSync()[0];
    });
    assert.ok(difference < 1e-3, `largest difference ${difference}`);
    assert.strictEqual(nativeTensorCount(), held);
    encoder.dispose();
    assert.strictEqual(nativeTensorCount(), before);
  });
});

for (const definition of [efficientNetLite0, efficientNetLite1, efficientNetLite2]) {
  describe(`${definition.title} with the classifier of its weights file`, function () {
    let classify: (file: string) => Promise<number>;
    let dispose = () => {};

    before(async function () {
      const source = findWeights(definition);
      if (!source) {
        console.log(`      skipped: the weights of ${definition.title} are not in models/`);
        this.skip();
      }
      const { arrays } = await readWeightArrays(source);
      const [kernel, bias] = ['_fc.weight', '_fc.bias'].map((name) => {
        const { values, shape } = arrays.get(name) as WeightArray;
        return tf.tensor(values, shape);
      });
      const encoder = makeEncoder(definition, { arrays, weightsHash: '', source }, 'top');
      const { height, width } = encoder.input;
      classify = async (file) => {
        const pixels = Float32Array.from(await decodeImage(file, encoder.input));
        return tf.tidy(() => {
          const features = encoder.forward(tf.tensor4d(pixels, [1, height, width, 3]));
          const logits = tf.add(tf.matMul(tf.mean(features, 1), kernel as tf.Tensor2D, false, true), bias);
          return tf.argMax(logits, 1).dataSync()[0];
        });
      };
      dispose = () => {
        tf.dispose([kernel, bias]);
        encoder.dispose();
      };
    });
    after(() => dispose());

    it('finds a cat and a cup of coffee in the photographs of data/photos', async () => {
      const photo = (name: string) => classify(path.join(PROJECT_ROOT, 'data', 'photos', `${name}.jpg`));
      assert.ok(CATS.includes(await photo('cat')));
      assert.ok(COFFEE.includes(await photo('coffee')));
    });

    it('finds dogs where people described dogs', async function () {
      if (!fs.existsSync(FLICKR8K)) {
        console.log('      skipped: ../shared/flickr8k is not there');
        this.skip();
      }
      const labels: number[] = [];
      for (const file of photographsOf('dog').slice(0, 8)) labels.push(await classify(file));
      assert.ok(labels.length >= 5, `only ${labels.length} photographs of dogs`);
      assert.ok(labels.filter(isDog).length >= 0.75 * labels.length, `classes ${labels.join(', ')}`);
    });
  });
}

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
