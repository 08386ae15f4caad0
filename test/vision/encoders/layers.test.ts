import '../../../lib/native/backend';
import assert from 'node:assert';
import * as tf from '@tensorflow/tfjs-core';
import { foldBatchNorm } from '../../../lib/vision/encoders/batch-norm';
import { averagePool, convolution, depthwiseConvolution } from '../../../lib/vision/encoders/layers';
import { transpose } from '../../../lib/vision/encoders/weight-arrays';
import { Random } from '../../../lib/random';

const random = new Random(1, 'layers');
const normals = (length: number) => Float32Array.from({ length }, () => random.normal());
const positives = (length: number) => normals(length).map((value) => 0.1 + value * value);

type Shape4D = [number, number, number, number];

function randomNorm(filters: number, gamma: boolean) {
  return {
    gamma: gamma ? normals(filters) : undefined,
    beta: normals(filters),
    mean: normals(filters),
    variance: positives(filters),
    epsilon: 1e-3,
  };
}

/** Compares a layer with a folded batch normalization to the plain operations one after the other. */
function compareFolded(
  kind: 'full' | 'depthwise',
  kernelShape: Shape4D,
  filters: number,
  gamma: boolean,
): void {
  tf.tidy(() => {
    const kernel = { shape: kernelShape, values: normals(kernelShape.reduce((a, b) => a * b)) };
    const norm = randomNorm(filters, gamma);
    const folded = foldBatchNorm(kernel, norm);
    const weights = {
      'one/kernel': tf.tensor4d(folded.kernel.values, kernelShape),
      'one/bias': tf.tensor1d(folded.bias),
    };
    const size: [number, number] = [kernelShape[0], kernelShape[1]];
    const options = { name: 'one', size, stride: 2, activation: 'relu6' } as const;
    const part = kind === 'full' ? convolution(filters, options) : depthwiseConvolution(options);
    const layer = part({ rows: 7, columns: 6, channels: kernelShape[2] });
    assert.deepStrictEqual(layer.convolutions, [
      { name: 'one', norm: undefined, kernel: kernelShape, filters },
    ]);
    const x = tf.tensor4d(normals(2 * 7 * 6 * kernelShape[2]), [2, 7, 6, kernelShape[2]]);
    const plainKernel = tf.tensor4d(kernel.values, kernelShape);
    const plain =
      kind === 'full' ? tf.conv2d(x, plainKernel, 2, 'same') : tf.depthwiseConv2d(x, plainKernel, 2, 'same');
    const normalized = tf.batchNorm(plain, norm.mean, norm.variance, norm.beta, norm.gamma, norm.epsilon);
    const expected = tf.clipByValue(normalized, 0, 6);
    const difference = tf.max(tf.abs(tf.sub(layer.run(x, weights), expected))).dataSync()[0];
    assert.ok(difference < 1e-4, `largest difference ${difference}`);
  });
}

describe('layers of the encoders', () => {
  it('a folded convolution equals convolution, batch normalization and activation', () => {
    compareFolded('full', [3, 3, 4, 5], 5, true);
    compareFolded('full', [1, 7, 4, 5], 5, false);
  });

  it('a folded depthwise convolution does too', () => {
    compareFolded('depthwise', [3, 3, 4, 1], 4, true);
  });

  it('average pooling leaves the padding out of the mean', () => {
    const pool = averagePool(3)({ rows: 4, columns: 4, channels: 1 });
    const pooled = tf.tidy(() => pool.run(tf.ones([1, 4, 4, 1]), {}).dataSync());
    assert.deepStrictEqual([...pooled], new Array(16).fill(1));
  });

  it('transposes as numpy does', () => {
    const array = { shape: [2, 3, 2], values: Float32Array.from({ length: 12 }, (_, i) => i) };
    // numpy.arange(12).reshape(2, 3, 2).transpose(2, 0, 1).ravel()
    const expected = [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11];
    const result = transpose(array, [2, 0, 1]);
    assert.deepStrictEqual(result.shape, [2, 2, 3]);
    assert.deepStrictEqual([...result.values], expected);
  });
});
