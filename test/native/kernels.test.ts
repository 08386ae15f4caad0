import '../../lib/native/backend';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { nativeTensorCount } from '../../lib/native/backend';
import { nativeKernels } from '../../lib/native/kernels';
import type { Kernels } from '../../lib/ops/kernels';
import { captionLoss } from '../../lib/ops/loss';
import { plainKernels } from '../../lib/ops/plain-kernels';
import { assertClose, assertSlopes } from '../helpers/numeric';

const both: [string, Kernels][] = [
  ['plain', plainKernels],
  ['native', nativeKernels],
];
const seed = (a: number, b: number) => tf.tensor1d([a, b], 'int32');

describe('kernels', () => {
  for (const [name, kernels] of both) {
    describe(`${name} uniform numbers`, () => {
      it('lie in [0, 1) with the mean and variance of a uniform distribution', () => {
        const values = [...kernels.uniform([100, 200], seed(1, 2), 3).dataSync<'float32'>()];
        const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
        const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
        assert.ok(values.every((v) => v >= 0 && v < 1));
        assert.ok(Math.abs(mean - 0.5) < 0.01, `mean ${mean}`);
        assert.ok(Math.abs(variance - 1 / 12) < 0.003, `variance ${variance}`);
      });

      it('are the same for the same seed and place, and others for another seed or place', () => {
        const draw = (a: number, b: number, salt: number) => [
          ...kernels.uniform([8], seed(a, b), salt).dataSync(),
        ];
        assert.deepEqual(draw(1, 2, 3), draw(1, 2, 3));
        for (const other of [draw(7, 2, 3), draw(1, 9, 3), draw(1, 2, 4)]) {
          assert.notDeepEqual(other, draw(1, 2, 3));
        }
      });
    });

    describe(`${name} softmax cross-entropy`, () => {
      const logits = tf.tensor2d([1, 2, 3, 0.5, -1, 0], [2, 3]);
      const targets = tf.tensor1d([2, 0], 'int32');

      // Keras: SparseCategoricalCrossentropy(from_logits=True), CategoricalCrossentropy(label_smoothing=0.1)
      const known: [number, number[]][] = [
        [0, [0.40760595, 0.60413063]],
        [0.1, [0.50760597, 0.67079729]],
      ];
      for (const [smoothing, losses] of known) {
        it(`gives Keras' losses with smoothing ${smoothing}`, () => {
          const { loss } = kernels.softmaxCrossEntropy(logits, targets, smoothing);
          assertClose(loss, tf.tensor1d(losses), 1e-6);
        });

        it(`gives the gradient of finite differences with smoothing ${smoothing}`, () => {
          const lossOf = (x: tf.Tensor) =>
            tf.sum(kernels.softmaxCrossEntropy(x as tf.Tensor2D, targets, smoothing).loss);
          const { gradient } = kernels.softmaxCrossEntropy(logits, targets, smoothing);
          assertSlopes(lossOf, [logits], 0, gradient, 1e-3);
        });
      }

      it('stays finite for very large logits', () => {
        const large = tf.tensor2d([[1000, -1000, 0]]);
        const { loss, gradient } = kernels.softmaxCrossEntropy(large, tf.tensor1d([1], 'int32'), 0);
        assertClose(loss, tf.tensor1d([2000]), 1e-3);
        assertClose(gradient, tf.tensor2d([[1, -1, 0]]), 1e-6);
      });
    });

    describe(`${name} rows by number`, () => {
      const table = tf.tensor2d([10, 11, 20, 21, 30, 31], [3, 2]);
      const rows = tf.tensor1d([2, 0, 2], 'int32');

      it('come in the order asked for, again where asked again', () => {
        assertClose(kernels.takeRows(table, rows), tf.tensor2d([30, 31, 10, 11, 30, 31], [3, 2]), 0);
      });

      it('add up their gradients where a row was taken twice', () => {
        const weighting = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
        const gradient = tf.grad((x) => tf.sum(tf.mul(kernels.takeRows(x, rows), weighting)))(table);
        assertClose(gradient, tf.tensor2d([3, 4, 0, 0, 6, 8], [3, 2]), 0);
      });

      it('work on more dimensions', () => {
        const cube = tf.reshape(tf.range(0, 12), [3, 2, 2]);
        assertClose(
          kernels.takeRows(cube, tf.tensor1d([1], 'int32')),
          tf.tensor3d([
            [
              [4, 5],
              [6, 7],
            ],
          ]),
          0,
        );
      });
    });
  }

  it('native and plain gradients by the logits agree', () => {
    const logits = tf.randomNormal<tf.Rank.R2>([6, 9], 0, 2, 'float32', 1);
    const targets = tf.tensor1d([0, 8, 3, 3, 1, 5], 'int32');
    for (const smoothing of [0, 0.2]) {
      const [plain, native] = both.map(([, k]) => k.softmaxCrossEntropy(logits, targets, smoothing));
      assertClose(native.loss, plain.loss, 1e-5);
      assertClose(native.gradient, plain.gradient, 1e-6);
    }
  });

  it('native ones leave no tensors behind', () => {
    const logits = tf.randomNormal<tf.Rank.R2>([4, 5]);
    const run = () =>
      tf.tidy(() => {
        nativeKernels.uniform([3], seed(1, 1), 0);
        nativeKernels.softmaxCrossEntropy(logits, tf.tensor1d([0, 1, 2, 3], 'int32'), 0.1);
        tf.grad((x) => tf.sum(nativeKernels.takeRows(x, tf.tensor1d([1, 1], 'int32'))))(logits).dataSync();
      });
    run();
    const before = nativeTensorCount();
    for (let i = 0; i < 5; i++) run();
    assert.equal(nativeTensorCount(), before);
  });
});

describe('caption loss', () => {
  const logits = tf.tensor2d([1, 2, 3, 0.5, -1, 0, 9, 9, 9], [3, 3]);
  const targets = tf.tensor1d([2, 0, 1], 'int32');

  it('is the mean over the positions that count', () => {
    const loss = captionLoss(logits, targets, tf.tensor1d([1, 1, 0]), 0);
    assertClose(loss, tf.scalar((0.40760595 + 0.60413063) / 2), 1e-6);
  });

  it('has the gradient of finite differences, and none where a position does not count', () => {
    const weights = tf.tensor1d([1, 0.5, 0]);
    const lossOf = (x: tf.Tensor) => captionLoss(x as tf.Tensor2D, targets, weights, 0.1);
    const gradient = tf.grad(lossOf)(logits);
    assertSlopes(lossOf, [logits], 0, gradient, 1e-3);
    assertClose(tf.slice(gradient, 2, 1), tf.zeros([1, 3]), 0);
  });
});
