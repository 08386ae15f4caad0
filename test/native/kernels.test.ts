import '../../lib/native/backend';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { nativeTensorCount } from '../../lib/native/backend';
import { nativeKernels } from '../../lib/native/kernels';
import type { AdamState, Kernels } from '../../lib/ops/kernels';
import { captionLoss, softmaxCrossEntropy } from '../../lib/ops/loss';
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
        for (const other of [draw(7, 2, 3), draw(1, 9, 3), draw(1, 2, 4)])
          assert.notDeepEqual(other, draw(1, 2, 3));
      });
    });

    describe(`${name} drop mask`, () => {
      it('drops its share and has a mean of 1, also where sizes are odd', () => {
        for (const rate of [0.1, 0.5]) {
          const values = [...kernels.dropoutMask([99, 203], rate, seed(1, 2), 3).dataSync<'float32'>()];
          const dropped = values.filter((v) => v === 0).length / values.length;
          const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
          assert.equal(new Set(values).size, 2);
          assert.ok(Math.abs(dropped - rate) < 0.01, `dropped ${dropped}`);
          assert.ok(Math.abs(mean - 1) < 0.01, `mean ${mean}`);
        }
      });

      it('drops something at the smallest rate, and not all at the highest', () => {
        for (const rate of [1e-3, 0.999]) {
          const values = [...kernels.dropoutMask([100, 100], rate, seed(1, 2), 3).dataSync()];
          assert.ok(values.some((v) => v === 0) && values.some((v) => v > 0));
        }
      });

      it('drops neighbors independently', () => {
        const values = [...kernels.dropoutMask([40_000], 0.5, seed(4, 5), 0).dataSync()].map((v) => v - 1);
        for (const distance of [1, 2, 3, 4, 200]) {
          const product = values.slice(distance).reduce((sum, v, i) => sum + v * values[i], 0);
          assert.ok(Math.abs(product / values.length) < 0.02, `distance ${distance}`);
        }
      });
    });

    it(`${name} column sums are those of the last axis`, () => {
      const x = tf.tensor3d([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]);
      assertClose(kernels.sumRows(x), tf.tensor1d([16, 20]), 0);
      assertClose(kernels.sumRows(tf.tensor2d([[1, 2, 3]])), tf.tensor1d([1, 2, 3]), 0);
      const tall = tf.randomNormal<tf.Rank.R2>([1000, 5], 0, 1, 'float32', 1);
      assertClose(kernels.sumRows(tall), tf.sum(tall, 0), 1e-3);
    });

    describe(`${name} float16 conversion`, () => {
      const encode = (values: number[]) => [...kernels.toFloat16(tf.tensor1d(values))];
      const decode = (halves: number[]) => [
        ...kernels.fromFloat16(Uint16Array.from(halves), [halves.length]).dataSync(),
      ];

      it('has the bits of IEEE 754 binary16', () => {
        // 'struct.pack("<e", x)' in Python
        const values = [0, -0, 1, -2, 1 / 3, 65504, 2 ** -14, 2 ** -24, Math.PI, Infinity];
        const bits = [0, 0x8000, 0x3c00, 0xc000, 0x3555, 0x7bff, 0x400, 1, 0x4248, 0x7c00];
        assert.deepEqual(encode(values), bits);
      });

      it('takes any shape, also with an odd number of values', () => {
        const halves = Uint16Array.from([0x3c00, 0xc000, 0x3555, 0x7bff, 0x0001, 0, 0x3800]);
        const values = [1, -2, 0.333251953125, 65504, 2 ** -24, 0, 0.5]; // struct.unpack("<e") in Python
        assertClose(kernels.fromFloat16(halves, [7]), tf.tensor1d(values), 0);
        assertClose(kernels.fromFloat16(halves.subarray(1), [2, 3]), tf.tensor2d(values.slice(1), [2, 3]), 0);
        assert.deepEqual([...kernels.toFloat16(tf.tensor2d(values.slice(1), [2, 3]))], [...halves.slice(1)]);
      });

      it('rounds to the nearest, and to the even one of two that are as near', () => {
        assert.deepEqual(
          encode([1 + 2 ** -11, 1 + 3 * 2 ** -11, 65519, 65520]),
          [0x3c00, 0x3c02, 0x7bff, 0x7c00],
        );
        assert.deepEqual(encode([2 ** -26, 2 ** -25, 1.001 * 2 ** -25, 3 * 2 ** -25]), [0, 0, 1, 2]);
      });

      it('does so between any two neighbors', () => {
        const all = decode(Array.from({ length: 0x7c00 }, (_, half) => half));
        const values: number[] = [];
        const expected: number[] = [];
        for (let half = 0; half < 0x7bff; half++) {
          const [low, high] = [all[half], all[half + 1]];
          const middle = (low + high) / 2; // exact in float32
          const step = (high - low) / 256;
          const even = half % 2 === 0 ? half : half + 1;
          values.push(middle, middle - step, middle + step, -middle, low, -high);
          expected.push(even, half, half + 1, even | 0x8000, half, (half + 1) | 0x8000);
        }
        assert.deepEqual(encode(values), expected);
      });

      it('keeps what is not a number', () => {
        assert.deepEqual(decode([0x7c00, 0xfc00, 0x7e00]), [Infinity, -Infinity, NaN]);
        const [half] = encode([NaN]);
        assert.ok((half & 0x7c00) === 0x7c00 && (half & 0x3ff) !== 0);
      });
    });

    it(`${name} bytes become numbers, however many there are`, () => {
      const bytes = Uint8Array.from([0, 1, 127, 128, 255, 7]);
      assertClose(kernels.fromBytes(bytes, [2, 3]), tf.tensor2d([[0, 1, 127], [128, 255, 7]]), 0); // prettier-ignore
      assertClose(kernels.fromBytes(bytes.subarray(1, 5), [4]), tf.tensor1d([1, 127, 128, 255]), 0);
    });

    it(`${name} sum of squares`, () => {
      assertClose(kernels.sumOfSquares(tf.tensor2d([[1, -2], [3, 0.5]])), tf.scalar(14.25), 1e-6); // prettier-ignore
    });

    // Keras: Adam(0.1, beta_1=0.9, beta_2=0.98, epsilon=1e-8), two steps from weights (1, -2) with these gradients
    it(`${name} Adam takes Keras' steps`, () => {
      let state = {
        weight: tf.tensor1d([1, -2]),
        momentum: tf.zeros([2]),
        variance: tf.zeros([2]),
      } as AdamState;
      const settings = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8 };
      [[0.5, -1], [0.1, 3]].forEach((gradient, i) => {
        const rate = (0.1 * Math.sqrt(1 - 0.98 ** (i + 1))) / (1 - 0.9 ** (i + 1));
        state = kernels.adam(state, tf.tensor1d(gradient), tf.scalar(rate), settings);
      }); // prettier-ignore
      assertClose(state.weight, tf.tensor1d([0.81933767, -1.94923043]), 1e-6);
    });

    it(`${name} moving averages move by the share, and leave what was given`, () => {
      const average = tf.tensor1d([1, -2]);
      const moved = kernels.movingAverage(average, tf.tensor1d([5, 2]), tf.scalar(0.25));
      assertClose(moved, tf.tensor1d([2, -1]), 1e-6);
      assertClose(average, tf.tensor1d([1, -2]), 0);
    });

    describe(`${name} rows by number`, () => {
      const table = tf.tensor2d([10, 11, 20, 21, 30, 31], [3, 2]);
      const rows = tf.tensor1d([2, 0, 2], 'int32');

      it('come in the order asked for, again where asked again', () => {
        assertClose(kernels.gather(table, rows), tf.tensor2d([30, 31, 10, 11, 30, 31], [3, 2]), 0);
      });

      it('add up their gradients where a row was taken twice', () => {
        const weighting = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
        const gradient = tf.grad((x) => tf.sum(tf.mul(kernels.gather(x, rows), weighting)))(table);
        assertClose(gradient, tf.tensor2d([3, 4, 0, 0, 6, 8], [3, 2]), 0);
      });

      it('work on more dimensions', () => {
        const cube = tf.reshape(tf.range(0, 12), [3, 2, 2]);
        assertClose(
          kernels.gather(cube, tf.tensor1d([1], 'int32')),
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

  it('native and plain Adam agree', () => {
    const normal = (n: number) => tf.randomNormal([7, 5], 0, 1, 'float32', n);
    const state = { weight: normal(1), momentum: normal(2), variance: tf.square(normal(3)) };
    const settings = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8 };
    const [plain, native] = both.map(([, k]) => k.adam(state, normal(4), tf.scalar(0.01), settings));
    assertClose(native.weight, plain.weight, 1e-6);
    assertClose(native.momentum, plain.momentum, 1e-6);
    assertClose(native.variance, plain.variance, 1e-6);
    assertClose(state.weight, normal(1), 0); // what was given is left as it was
  });

  it('native ones leave no tensors behind', () => {
    const logits = tf.randomNormal<tf.Rank.R2>([4, 5]);
    const run = () =>
      tf.tidy(() => {
        nativeKernels.uniform([3], seed(1, 1), 0);
        nativeKernels.dropoutMask([3, 3], 0.5, seed(1, 1), 0);
        nativeKernels.fromFloat16(new Uint16Array(3), [3]);
        nativeKernels.fromBytes(new Uint8Array(3), [3]);
        nativeKernels.sumRows(tf.transpose(logits));
        nativeKernels.sumOfSquares(logits);
        const state = { weight: logits, momentum: logits, variance: logits };
        nativeKernels.adam(state, logits, tf.scalar(1), { beta1: 0.5, beta2: 0.5, epsilon: 1 });
        tf.grad((x) => tf.sum(nativeKernels.gather(x, tf.tensor1d([1, 1], 'int32'))))(logits).dataSync();
      });
    run();
    const before = nativeTensorCount();
    for (let i = 0; i < 5; i++) run();
    assert.equal(nativeTensorCount(), before);
  });
});

describe('softmax cross-entropy', () => {
  const logits = tf.tensor2d([1, 2, 3, 0.5, -1, 0], [2, 3]);
  const targets = tf.tensor1d([2, 0], 'int32');

  // Keras: SparseCategoricalCrossentropy(from_logits=True), CategoricalCrossentropy(label_smoothing=0.1)
  const known: [number, number[]][] = [
    [0, [0.40760595, 0.60413063]],
    [0.1, [0.50760597, 0.67079729]],
  ];
  for (const [smoothing, losses] of known) {
    it(`gives Keras' losses with smoothing ${smoothing}`, () => {
      const { loss } = softmaxCrossEntropy(logits, targets, smoothing);
      assertClose(loss, tf.tensor1d(losses), 1e-6);
    });

    it(`gives the gradient of finite differences with smoothing ${smoothing}`, () => {
      const lossOf = (x: tf.Tensor) => tf.sum(softmaxCrossEntropy(x as tf.Tensor2D, targets, smoothing).loss);
      const { gradient } = softmaxCrossEntropy(logits, targets, smoothing);
      assertSlopes(lossOf, [logits], 0, gradient, 1e-3);
    });
  }

  it('stays finite for very large logits', () => {
    const large = tf.tensor2d([[1000, -1000, 0]]);
    const { loss, gradient } = softmaxCrossEntropy(large, tf.tensor1d([1], 'int32'), 0);
    assertClose(loss, tf.tensor1d([2000]), 1e-3);
    assertClose(gradient, tf.tensor2d([[1, -1, 0]]), 1e-6);
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
