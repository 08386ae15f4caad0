import '../../../lib/native/backend';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { fineTunedBlocks, makeEncoder } from '../../../lib/vision/encoders/encoder';
import {
  averagePool,
  concat,
  convolution,
  depthwiseConvolution,
  multiplyBy,
  globalAveragePool,
  identity,
  maxPool,
  sequence,
  add,
  zeroPadding,
  type Activation,
} from '../../../lib/vision/encoders/layers';
import { encoderDefinition } from '../../../lib/vision/encoders/registry';
import { nativeTensorCount } from '../../../lib/native/backend';
import type { Weights } from '../../../lib/captioners/captioner';
import { compile } from '../../../lib/native/graph/compile';
import { readKerasWeights } from '../../../lib/vision/weights/keras-hdf5';
import { PROJECT_ROOT } from '../../../lib/project-root';
import { readFloats, relativeDifference } from '../../helpers/compare';
import { lite0Arrays, LITE0_WEIGHTS } from '../../helpers/lite0';
import { assertClose, assertSlopes } from '../../helpers/numeric';

const PYTHON = path.join(PROJECT_ROOT, '.venv', 'bin', 'python');

describe('gradients of layers', () => {
  const conv = (filters: number, name: string, activation: Activation, options = {}) =>
    convolution(filters, { name, size: [3, 3], activation, ...options });
  const network = sequence(
    conv(3, 'first', 'swish', { stride: 2, padding: 'valid' }),
    depthwiseConvolution({ name: 'depthwise', size: [3, 3], stride: 2, activation: 'swish' }),
    multiplyBy(sequence(globalAveragePool, conv(3, 'gate', 'sigmoid', { size: [1, 1] }))),
    add([identity, conv(3, 'residual', 'linear')]),
    concat(sequence(averagePool(3), conv(2, 'pooled', 'swish')), sequence(zeroPadding(1), maxPool(3, 1))),
    conv(2, 'last', 'sigmoid'),
  )({ rows: 11, columns: 9, channels: 2 });

  it('are the slopes of central differences', () => {
    assert.deepEqual(network.size, { rows: 3, columns: 2, channels: 2 });
    const names = network.convolutions.flatMap(({ name }) => [`${name}/kernel`, `${name}/bias`]);
    const shapes = network.convolutions.flatMap(({ kernel, filters }) => [kernel, [filters]]);
    const weights = shapes.map((shape, i) => tf.randomNormal(shape, 0, 0.5, 'float32', i + 1));
    const x = tf.randomNormal([2, 11, 9, 2], 0, 1, 'float32', 99);
    const loss = (...inputs: tf.Tensor[]): tf.Scalar => {
      const [image, ...tensors] = inputs;
      const named = Object.fromEntries(names.map((name, i) => [name, tensors[i]]));
      const output = network.run(image as tf.Tensor4D, named);
      return tf.sum(tf.mul(output, tf.cos(tf.reshape(tf.range(0, output.size), output.shape))));
    };
    const inputs = [x, ...weights];
    const gradients = tf.grads(loss)(inputs);
    gradients.forEach((gradient, i) => assertSlopes(loss, inputs, i, gradient, 2e-3, 12));
  });
});

describe('fine-tuned blocks of an encoder', () => {
  const definition = encoderDefinition('efficientnet-lite0');
  const [inputEndPoint, endPoint] = ['block14', 'top'];
  const blocks = fineTunedBlocks(definition, inputEndPoint, endPoint);

  it('describe input, output and weights', () => {
    assert.deepEqual(blocks.input, { grid: [7, 7], regions: 49, channels: 192 });
    assert.deepEqual(blocks.output, { grid: [7, 7], regions: 49, channels: 1280 });
    const names = [
      '_blocks.15._expand_conv',
      '_blocks.15._depthwise_conv',
      '_blocks.15._project_conv',
      '_conv_head',
    ];
    assert.deepEqual(
      Object.keys(blocks.shapes),
      names.flatMap((name) => [`${name}/kernel`, `${name}/bias`]),
    );
    assert.deepEqual(blocks.shapes['_blocks.15._depthwise_conv/kernel'], [3, 3, 1152, 1]);
  });

  it('are at least one', () => {
    assert.throws(
      () => fineTunedBlocks(definition, 'top', ''),
      /no blocks behind top up to top: give fineTuneFrom/,
    );
    assert.throws(
      () => fineTunedBlocks(definition, 'block9', 'block3'),
      /no blocks behind block9 up to block3/,
    );
    assert.throws(() => fineTunedBlocks(definition, 'block99', ''), /no end point "block99"/);
  });

  it('after the blocks below give the same as the whole encoder, compiled too', async function () {
    if (!LITE0_WEIGHTS) this.skip();
    const before = nativeTensorCount();
    const file = { arrays: await lite0Arrays(), weightsHash: '', source: 'file.safetensors' };
    const [lower, whole] = [inputEndPoint, endPoint].map((end) => makeEncoder(definition, file, end));
    const weights = blocks.readWeights(file.arrays, file.source);
    const images = tf.randomUniform<tf.Rank.R4>([2, 224, 224, 3], 0, 255, 'float32', 5);
    const expected = whole.forward(images);
    const features = lower.forward(images);
    const eager = blocks.forward(weights, features);
    assertClose(eager, expected, 1e-4);
    const graph = compile((inputs: { weights: Weights; features: tf.Tensor3D }) =>
      blocks.forward(inputs.weights, inputs.features),
    );
    const compiled = graph({ weights, features });
    assertClose(compiled, expected, 1e-4);
    graph.dispose();
    lower.dispose();
    whole.dispose();
    tf.dispose([weights, images, expected, features, eager, compiled]);
    assert.equal(nativeTensorCount(), before);
  });
});

describe('gradients of fine-tuned blocks beside those of Keras', function () {
  this.timeout(180_000);
  let folder = '';

  before(function () {
    if (!fs.existsSync(PYTHON)) {
      console.log('      skipped: .venv with TensorFlow is not there');
      this.skip();
    }
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gradients-'));
    const script = path.join(__dirname, 'gradients.py');
    execFileSync(PYTHON, [script, folder], { stdio: ['ignore', 'ignore', 'pipe'] });
  });
  after(() => {
    if (folder !== '') fs.rmSync(folder, { recursive: true });
  });

  const pieces: [name: string, file: string, inputEndPoint: string, endPoint: string][] = [
    ['inception-v3', 'inception', 'mixed3', 'mixed4'],
    ['resnet-50', 'resnet50', 'conv2_block2_out', 'conv3_block1_out'],
    ['efficientnet-b1', 'efficientnetb1', 'block2c', 'block3b'],
  ];
  for (const [name, file, inputEndPoint, endPoint] of pieces) {
    const definition = encoderDefinition(name);
    it(`${definition.title} from ${inputEndPoint} to ${endPoint}`, async () => {
      const blocks = fineTunedBlocks(definition, inputEndPoint, endPoint);
      const arrays = await readKerasWeights(path.join(folder, `${file}.h5`));
      const weights = blocks.readWeights(arrays, file);
      const { regions, channels } = blocks.input;
      const values = readFloats(path.join(folder, `${file}-features.raw`));
      const features = tf.tensor3d(values, [2, regions, channels]);
      const names = Object.keys(weights);
      const loss = (x: tf.Tensor, ...tensors: tf.Tensor[]): tf.Scalar => {
        const named = Object.fromEntries(names.map((one, i) => [one, tensors[i]]));
        const output = blocks.forward(named, x as tf.Tensor3D);
        return tf.sum(tf.mul(tf.reshape(output, [-1]), tf.cos(tf.range(0, output.size))));
      };
      const inputs = [features, ...Object.values(weights)];
      const expected = ['by/features', ...names].map((one) =>
        readFloats(path.join(folder, `${file}-${one.replaceAll('/', '-')}.raw`)),
      );
      const check = (gradients: tf.Tensor[], tolerance: number) => {
        gradients.forEach((gradient, i) => {
          const difference = relativeDifference(gradient.dataSync<'float32'>(), expected[i]);
          assert.ok(
            difference <= tolerance,
            `${names[i - 1] ?? 'features'}: relative difference ${difference}`,
          );
        });
        tf.dispose(gradients);
      };
      check(tf.grads(loss)(inputs), 1e-3);
      // bfloat16 has 8 bits; most of these sums cancel, and some come out on the other side of a ReLU
      for (const [precision, tolerance] of [
        ['float32', 1e-3],
        ['bfloat16-matmuls', 0.3],
      ] as const) {
        const graph = compile((given: tf.Tensor[]) => tf.grads(loss)(given), { precision });
        check(graph(inputs), tolerance);
        graph.dispose();
      }
      tf.dispose(inputs);
    });
  }
});
