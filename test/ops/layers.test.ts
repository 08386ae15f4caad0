import '../../lib/native/backend';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import {
  addBias,
  attention,
  dense,
  Dropout,
  joinHeads,
  layerNorm,
  relu,
  splitHeads,
} from '../../lib/ops/layers';
import { assertClose, assertSlopes } from '../helpers/numeric';

describe('layer normalization', () => {
  const x = tf.tensor2d([1, 2, 3, 10, -1, 0, 0.5, 0.25], [2, 4]);
  const scale = tf.tensor1d([1, 2, 0.5, -1]);
  const shift = tf.tensor1d([0, 1, -1, 0.5]);

  it("equals Keras' LayerNormalization(epsilon=1e-3)", () => {
    const keras = tf.tensor2d(
      [-0.84849417, -0.1313256, -1.14141583, -1.19698846, -1.64393055, 1.21919072, -0.5068208, -0.04797685],
      [2, 4],
    );
    assertClose(layerNorm(x, scale, shift), keras, 1e-6);
  });

  for (const shape of [[4], [2, 4], [2, 3, 4]]) {
    it(`has the gradients of finite differences, input [${shape.join()}]`, () => {
      const input = tf.randomNormal(shape, 0, 1, 'float32', 1);
      const weighting = tf.randomNormal(shape, 0, 1, 'float32', 2);
      const lossOf = (...t: tf.Tensor[]) => tf.sum(tf.mul(layerNorm(t[0], t[1], t[2]), weighting));
      const inputs = [input, scale, shift];
      const gradients = tf.grads(lossOf)(inputs);
      gradients.forEach((gradient, which) => assertSlopes(lossOf, inputs, which, gradient, 1e-2));
    });
  }
});

describe('attention', () => {
  it("equals Keras' Attention with scaled queries", () => {
    const query = tf.tensor4d([1, 0, 0.5, -2], [1, 1, 2, 2]);
    const key = tf.tensor4d([1, 1, 0, 1, -1, 0.5], [1, 1, 3, 2]);
    const value = tf.tensor4d([1, 2, 3, 4, -5, 6], [1, 1, 3, 2]);
    const { attended, weights } = attention(query, key, value);
    assertClose(attended, tf.tensor4d([0.72781533, 3.12810802, -0.70070416, 3.99999976], [1, 1, 2, 2]), 1e-6);
    const looked = [0.57597536, 0.28399542, 0.14002925, 0.3700704, 0.25985914, 0.3700704];
    assertClose(weights, tf.tensor4d(looked, [1, 1, 2, 3]), 1e-6);
  });

  it('heads take neighboring channels, and joining them is the inverse', () => {
    const x = tf.reshape(tf.range(0, 12), [1, 2, 6]);
    const heads = splitHeads(x, 3);
    assertClose(heads, tf.tensor4d([0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11], [1, 3, 2, 2]), 0);
    assertClose(joinHeads(heads), x, 0);
  });
});

describe('dense layer', () => {
  it('works on the last axis', () => {
    const x = tf.tensor3d([[[1, 2]], [[3, 4]]]);
    const kernel = tf.tensor2d([
      [1, 0, -1],
      [10, 1, 0],
    ]);
    assertClose(dense(x, kernel, tf.tensor1d([0, 0, 5])), tf.tensor3d([[[21, 2, 4]], [[43, 4, 2]]]), 0);
  });
});

describe('bias and relu', () => {
  const x = tf.tensor3d([1, -2, 3, 0, 5, -6], [3, 1, 2]);
  const weighting = tf.tensor3d([1, 2, 3, 4, 5, 6], [3, 1, 2]);

  it('a bias is added to the last axis, and its gradient adds up over the others', () => {
    const bias = tf.tensor1d([10, 20]);
    assertClose(addBias(x, bias), tf.tensor3d([11, 18, 13, 20, 15, 14], [3, 1, 2]), 0);
    const gradients = tf.grads((a, b) => tf.sum(tf.mul(addBias(a, b), weighting)))([x, bias]);
    assertClose(gradients[0], weighting, 0);
    assertClose(gradients[1], tf.tensor1d([9, 12]), 0);
  });

  it('relu and its gradient are 0 where its input is not above 0', () => {
    assertClose(relu(x), tf.tensor3d([1, 0, 3, 0, 5, 0], [3, 1, 2]), 0);
    const gradient = tf.grad((a) => tf.sum(tf.mul(relu(a), weighting)))(x);
    assertClose(gradient, tf.tensor3d([1, 0, 3, 0, 5, 0], [3, 1, 2]), 0);
  });
});

describe('dropout', () => {
  const seed = (a: number) => tf.tensor1d([a, 1], 'int32');
  const ones = tf.ones([200, 100]);

  it('drops its share of values and scales the others so that the mean stays', () => {
    const values = new Dropout(0.3, seed(1)).apply(ones).dataSync();
    const dropped = values.filter((v) => v === 0).length / values.length;
    assert.ok(Math.abs(dropped - 0.3) < 0.01, `dropped ${dropped}`);
    assert.ok(values.every((v) => v === 0 || Math.abs(v - 1 / 0.7) < 0.005));
  });

  it('drops the same values for the same seed, others for another seed and at the next place', () => {
    const first = new Dropout(0.5, seed(1));
    const again = new Dropout(0.5, seed(1));
    const [a, b] = [first.apply(ones), first.apply(ones)];
    assertClose(again.apply(ones), a, 0);
    assertClose(again.apply(ones), b, 0);
    const differs = (x: tf.Tensor, y: tf.Tensor) => tf.any(tf.notEqual(x, y)).dataSync()[0] === 1;
    assert.ok(differs(a, b));
    assert.ok(differs(a, new Dropout(0.5, seed(2)).apply(ones)));
  });

  it('of nothing changes nothing', () => {
    assert.equal(new Dropout(0, seed(1)).apply(ones), ones);
  });

  it('lets gradients through where values were kept', () => {
    const kept = new Dropout(0.5, seed(1)).apply(ones);
    assertClose(tf.grad((x) => tf.sum(new Dropout(0.5, seed(1)).apply(x)))(ones), kept, 0);
  });
});
