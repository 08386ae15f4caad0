import '../../lib/native/backend';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import type { Captioner } from '../../lib/captioners/captioner';
import { initializeWeights } from '../../lib/captioners/initialize';
import { initialOptimizerState, ratesAsTensors, stepRates } from '../../lib/training/optimizer';
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
    const batch = {
      features: tf.zeros<tf.Rank.R3>([1, 1, 1]),
      tokens: tf.zeros<tf.Rank.R2>([1, 3], 'int32'),
      targets: tf.tensor2d([[1, 0, 2]], undefined, 'int32'),
      lossWeights: tf.ones<tf.Rank.R2>([1, 3]),
      seed: tf.tensor1d([1, 0], 'int32'),
      rates: ratesAsTensors(stepRates({ learningRate: 0.05, step: 0, emaDecay: 0 })),
    };
    const before = initialOptimizerState({ fast: start, slow: start }, options);
    const { state } = trainingStep(twoRows, options)({ state: before, batch });
    const { fast, slow } = state.weights;
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
