import '../../../lib/native/backend';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { configure } from '../../../lib/config/configuration';
import { encoderOptions } from '../../../lib/vision/options';
import { describeValues } from '../../../lib/config/values';
import { generateCaption } from '../../../lib/generate-caption';
import { loadModel } from '../../../lib/model/saved-model';
import { nativeTensorCount } from '../../../lib/native/backend';
import { evaluateModel } from '../../../lib/pipeline/evaluate';
import { prepare } from '../../../lib/pipeline/prepare';
import { trainCaptioner } from '../../../lib/pipeline/train';
import { PROJECT_ROOT } from '../../../lib/project-root';
import { writeTensors } from '../../../lib/safetensors';
import type { EncoderDefinition } from '../../../lib/vision/encoders/definition';
import { encoderNames, registerEncoder } from '../../../lib/vision/encoders/registry';
import { meanActivation } from '../../../lib/vision/features/mean-activation';
import { loadEncoder } from '../../../lib/vision/weights/load-encoder';

const ROWS = 4;
const COLUMNS = 3;
const CHANNELS = 5;
const MIX = 'color/mix';

/** The mean colors of a grid, mixed by a matrix; those of the whole image stand beside the grid as a class token. */
const meanColors: EncoderDefinition = {
  name: 'mean-colors',
  title: 'Mean colors',
  input: { height: 8 * ROWS, width: 8 * COLUMNS, resize: { shorterSide: 40 }, interpolation: 'linear' },
  normalization: { divisor: 255, mean: 0.5, std: [0.2, 0.2, 0.2] },
  weights: { file: 'mean-colors.safetensors', source: 'user' },
  endPoints: ['colors', 'mixed'],
  fits: (arrays) => arrays.has(MIX),
  build(arrays) {
    const { values, shape } = arrays.get(MIX)!;
    const mix = tf.tensor2d(values, shape as [number, number]); // [3, channels]
    return {
      grid: [ROWS, COLUMNS],
      regions: ROWS * COLUMNS + 1,
      channels: CHANNELS,
      weights: [mix],
      forward: (images) => {
        const cells = tf.reshape(tf.avgPool(images, 8, 8, 'valid'), [-1, ROWS * COLUMNS, 3]); // [batch, regions, 3]
        const colors = tf.concat([cells, tf.mean(cells, 1, true)], 1);
        const mixed = tf.matMul(tf.reshape(colors, [-1, 3]), mix);
        return tf.reshape(mixed, [-1, ROWS * COLUMNS + 1, CHANNELS]);
      },
    };
  },
};

describe('an encoder registered at run time', function () {
  this.timeout(120_000);
  const others = encoderNames();
  let folder = '';
  let remove: () => void;
  let encoderWeights = '';

  before(() => {
    remove = registerEncoder(meanColors);
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'encoder-'));
    process.chdir(folder);
    encoderWeights = path.join(folder, 'colors.bin');
    const mix = tf.randomNormal([3, CHANNELS], 0, 1, 'float32', 1);
    writeTensors(encoderWeights, { [MIX]: mix });
    mix.dispose();
  });
  after(() => {
    remove();
    process.chdir(PROJECT_ROOT);
    fs.rmSync(folder, { recursive: true });
  });

  it('is a value of the option, and stands in its help and errors', () => {
    assert.ok(encoderNames().includes('mean-colors'));
    const values = describeValues(encoderOptions.shape.encoder.unwrap());
    assert.ok(values.includes(['auto', ...others, 'mean-colors'].join(', ')), values);
    assert.equal(configure({ encoder: { encoder: 'mean-colors' } }).encoder.encoder, 'mean-colors');
    assert.throws(() => configure({ encoder: { encoder: 'no-such' } }), /encoder\.encoder.*mean-colors/);
    assert.throws(() => registerEncoder(meanColors), /"mean-colors" is registered already/);
  });

  it('is found by its weights, and gives features of images', async () => {
    const before = nativeTensorCount();
    const encoder = await loadEncoder({ encoder: 'auto', endPoint: '', encoderWeights });
    assert.deepEqual([encoder.name, encoder.endPoint, encoder.grid], ['mean-colors', 'mixed', [4, 3]]);
    const gray = tf.fill([2, 32, 24, 3], 127.5) as tf.Tensor4D;
    const features = encoder.forward(gray);
    assert.deepEqual(features.shape, [2, 13, CHANNELS]);
    assert.ok(features.dataSync().every((value) => Math.abs(value) < 1e-5));
    tf.dispose([gray, features]);
    encoder.dispose();
    assert.equal(nativeTensorCount(), before);
  });

  it('has its sentence where it cannot be fine-tuned or its weights are missing', async () => {
    const options = { encoder: 'mean-colors', endPoint: '', encoderWeights };
    await assert.rejects(
      loadEncoder({ ...options, fineTuneFrom: 'colors' }),
      /Mean colors cannot be fine-tuned/,
    );
    await assert.rejects(
      loadEncoder({ ...options, encoderWeights: '' }),
      /weights of Mean colors \(mean-colors\.safetensors\) are not in models\/: put the file there, or give their path/,
    );
  });

  it('trains, evaluates and captions', async () => {
    const configuration = configure({
      preset: 'tiny',
      encoder: { encoderWeights },
      training: { epochs: 1, validationImages: 2 },
      model: 'model',
    });
    const prepared = await prepare(configuration);
    const { encoder, features, dataset, images } = prepared;
    assert.deepEqual([encoder.name, features.regions, features.channels], ['mean-colors', 13, CHANNELS]);
    const activation = await meanActivation(features, dataset.images[0].id, encoder.grid);
    assert.equal(activation.length, ROWS * COLUMNS);
    const { model } = await trainCaptioner(configuration, prepared);
    features.close();
    encoder.dispose();
    assert.deepEqual(model!.record.inputs, {
      regions: 13,
      channels: CHANNELS,
      vocabSize: model!.tokenizer.size,
    });

    const loaded = loadModel('model');
    assert.deepEqual(loaded.record.encoder.grid, [ROWS, COLUMNS]);
    const some = dataset.splits.validation.slice(0, 3).map((id) => images.get(id)!);
    const options = { decoding: configuration.decoding, encoder: configuration.encoder };
    const { captions } = await evaluateModel(loaded, some, options);
    assert.deepEqual(Object.keys(captions).sort(), some.map(({ id }) => id).sort());

    const [{ words, grid }] = await generateCaption([some[0].file], { model: loaded, encoderWeights });
    assert.deepEqual(grid, [ROWS, COLUMNS]);
    for (const { attention } of words) {
      const sum = attention.reduce((total, weight) => total + weight, 0);
      assert.ok(attention.length === ROWS * COLUMNS && sum > 0 && sum < 1, `attention of ${sum}`);
    }
  });
});
