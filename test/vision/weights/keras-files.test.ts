import '../../../lib/native/backend';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { makeEncoder } from '../../../lib/vision/encoders/encoder';
import type { WeightArrays } from '../../../lib/vision/encoders/weight-arrays';
import { fittingEncoder } from '../../../lib/vision/weights/load-encoder';
import { hashArrays, readWeightArrays, type WeightsFile } from '../../../lib/vision/weights/read-weights';
import { assertUserError } from '../../helpers/user-error';

const PYTHON = path.join(__dirname, '..', '..', '..', '.venv', 'bin', 'python');

describe('weights in all formats of Keras', function () {
  this.timeout(240_000);
  let folder = '';
  before(function () {
    if (!fs.existsSync(PYTHON)) {
      console.log('      skipped: .venv with Keras is missing');
      this.skip();
    }
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'keras-files-'));
    execFileSync(PYTHON, [path.join(__dirname, 'keras_files.py'), folder], { stdio: 'ignore' });
  });
  after(() => {
    if (folder !== '') fs.rmSync(folder, { recursive: true });
  });

  const read = (name: string) => readWeightArrays(path.join(folder, name));
  const sorted = (arrays: WeightArrays) =>
    [...arrays].sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, array]) => ({ name, ...array }));

  for (const name of ['small', 'half', 'brain', 'nested']) {
    it(`hold the same arrays: ${name}`, async () => {
      const legacy = await read(`${name}.h5`);
      for (const format of ['keras', 'weights.h5'])
        assert.deepEqual(sorted((await read(`${name}.${format}`)).arrays), sorted(legacy.arrays), format);
      assert.deepEqual(
        sorted(legacy.arrays).map((array) => array.name),
        [
          ...['deep/kernel', 'first/bias', 'first/kernel'],
          ...['norm/beta', 'norm/gamma', 'norm/moving_mean', 'norm/moving_variance'],
          ...(name === 'nested' ? ['outer/bias', 'outer/kernel'] : []),
          ...['top/bias', 'top/kernel'],
        ],
      );
    });
  }

  it('are float32 whatever they were, to as many digits as they had', async () => {
    const [{ arrays: exact }, { arrays: half }, { arrays: brain }] = await Promise.all(
      ['small.h5', 'half.keras', 'brain.keras'].map(read),
    );
    const kernel = (arrays: WeightArrays) => arrays.get('first/kernel')!.values;
    const isNear = (values: Float32Array, precision: number) =>
      kernel(exact).every((value, i) => Math.abs(values[i] - value) <= precision * Math.abs(value));
    assert.ok(isNear(kernel(half), 2 ** -11) && !isNear(kernel(half), 2 ** -13));
    assert.ok(isNear(kernel(brain), 2 ** -8) && !isNear(kernel(brain), 2 ** -10));
  });

  it('of the first Keras 3 are named by the configuration, or refused', async () => {
    assert.deepEqual(sorted((await read('nameless.keras')).arrays), sorted((await read('small.h5')).arrays));
    await assertUserError(
      read('nameless.weights.h5'),
      /does not name its layers .*model\.save\('name\.keras'\)/,
    );
  });

  for (const [name, encoder] of [
    ['inception', 'inception-v3'],
    ['resnet', 'resnet-50'],
    ['b1', 'efficientnet-b1'],
  ]) {
    it(`give the features of the older format: ${encoder}, with other numbers in its layers' names`, async () => {
      const features = (file: WeightsFile) => {
        const definition = fittingEncoder(file);
        assert.equal(definition.name, encoder);
        const { height, width } = definition.input;
        const image = tf.randomUniform<tf.Rank.R4>([1, height, width, 3], 0, 255, 'float32', 1);
        const network = makeEncoder(definition, { ...file, weightsHash: '' }, '');
        const values = tf.tidy(() => network.forward(image)).dataSync<'float32'>();
        network.dispose();
        return values;
      };
      const legacy = features(await read(`${name}.h5`));
      assert.ok(legacy.every(Number.isFinite) && new Set(legacy).size > 1000);
      const archive = await read(`${name}.keras`);
      assert.deepEqual(features(archive), legacy);
      const weights = await read(`${name}.weights.h5`);
      assert.equal(hashArrays(weights.arrays), hashArrays(archive.arrays));
    });
  }

  it('are told from other files of Python', async () => {
    await assertUserError(read('array.npy'), /is a file of NumPy/);
    await assertUserError(read('arrays.npz'), /is a file of NumPy/);
    await assertUserError(read('other.h5'), /other\.h5 does not have the layout of Keras/);
  });
});
