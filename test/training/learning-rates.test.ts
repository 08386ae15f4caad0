import '../../lib/native/backend';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import type { Captioner } from '../../lib/captioners/captioner';
import { initializeWeights } from '../../lib/captioners/initialize';
import { packState, stepRates } from '../../lib/training/optimizer';
import { trainingStep } from '../../lib/training/step';
import { assertClose } from '../helpers/numeric';

/** A captioner whose logits are the sum of two rows, which therefore have the same gradient. */
const twoRows: Captioner = {
  specs: {
    fast: { shape: [1, 3], initializer: 'zeros' },
    slow: { shape: [1, 3], initializer: 'zeros', lrMultiplier: 0.25 },
  },
  forward: (weights, _, tokens) => ({
    logits: tf.add(tf.zeros([...tokens.shape, 3]), tf.add(weights['fast'], weights['slow'])),
  }),
  initialState: () => assert.fail('not for decoding'),
  step: () => assert.fail('not for decoding'),
  reorder: () => assert.fail('not for decoding'),
};

describe('learning rates of weights', () => {
  it('are shares of the learning rate, that of weight decay too', () => {
    const options = { clipNorm: 1, weightDecay: 0.1, emaDecay: 0, labelSmoothing: 0, dropout: 0 };
    const start = tf.tensor2d([[0.3, -0.2, 0.5]]);
    const zeros = () => tf.zerosLike(start);
    const state = {
      weights: [start, start],
      momentum: [zeros(), zeros()],
      variance: [zeros(), zeros()],
      average: [],
    };
    const batch = [
      tf.zeros([1, 1, 1]),
      tf.zeros([1, 3], 'int32'),
      tf.tensor2d([[1, 0, 2]], undefined, 'int32'),
      tf.ones([1, 3]),
      tf.tensor1d([1, 0], 'int32'),
      tf.tensor1d(stepRates(0.05, 0, 0)),
    ];
    const [, , fast, slow] = trainingStep(twoRows, options)(...packState(state), ...batch);
    const change = tf.sub(fast, start);
    assert.ok(tf.max(tf.abs(change)).dataSync<'float32'>()[0] > 0.01);
    assertClose(tf.sub(slow, start), tf.mul(change, 0.25), 1e-7);
  });
});

describe('given weights', () => {
  it('start as they are, and stay those of the caller', () => {
    const given = { slow: tf.tensor2d([[1, 2, 3]]) };
    const weights = initializeWeights(twoRows.specs, 1, given);
    tf.dispose(weights['slow']);
    assertClose(given.slow, tf.tensor2d([[1, 2, 3]]), 0);
    assertClose(weights['fast'], tf.zeros([1, 3]), 0);
    const again = initializeWeights(twoRows.specs, 1, given);
    assertClose(again['slow'], given.slow, 0);
  });
});
