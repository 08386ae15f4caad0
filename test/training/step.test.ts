import '../../lib/native/backend';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import type { Captioner } from '../../lib/captioners/captioner';
import { compile } from '../../lib/native/graph/compile';
import { initialOptimizerState, ratesAsTensors, stepRates } from '../../lib/training/optimizer';
import { trainingStep, type StepInputs } from '../../lib/training/step';
import { assertClose } from '../helpers/numeric';

const targets = [1, 0, 2];
const start = [0.3, -0.2, 0.5];

/** A captioner whose logits are its one weight, a row of three: its gradient is easily known. */
const rowCaptioner: Captioner = {
  specs: { row: { shape: [1, 3], initializer: 'zeros' } },
  forward: (weights, _, tokens) => ({ logits: tf.add(tf.zeros([...tokens.shape, 3]), weights['row']) }),
  initialState: () => assert.fail('not for decoding'),
  step: () => assert.fail('not for decoding'),
  reorder: () => assert.fail('not for decoding'),
};

/** softmax(row) minus the share of each target: the gradient of the mean cross-entropy. */
function gradientOf(row: number[]): number[] {
  const total = row.reduce((sum, x) => sum + Math.exp(x), 0);
  return row.map(
    (x, word) => Math.exp(x) / total - targets.filter((t) => t === word).length / targets.length,
  );
}

const norm = (x: number[]) => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0));

/** Adam with decoupled weight decay in plain numbers (Kingma & Ba 2015, algorithm 1; Loshchilov & Hutter 2019). */
function plainAdam(steps: number, rate: number, clipNorm: number, decay: number, emaDecay: number) {
  let row = start;
  let average = start;
  let m = [0, 0, 0];
  let v = [0, 0, 0];
  for (let t = 1; t <= steps; t++) {
    const raw = gradientOf(row);
    const g = raw.map((x) => x * Math.min(1, clipNorm / norm(raw)));
    m = m.map((x, i) => 0.9 * x + 0.1 * g[i]);
    v = v.map((x, i) => 0.98 * x + 0.02 * g[i] ** 2);
    row = row.map((w, i) => {
      const [mHat, vHat] = [m[i] / (1 - 0.9 ** t), v[i] / (1 - 0.98 ** t)];
      return w - rate * (mHat / Math.sqrt(vHat) + decay * w);
    });
    const share = 1 - Math.min(emaDecay, t / (t + 9));
    average = average.map((a, i) => a + share * (row[i] - a));
  }
  return { row, average };
}

/** The tensors of one batch of one caption. */
function batchOf(feature: number, step: number, learningRate: number, emaDecay: number): StepInputs {
  return {
    features: tf.fill([1, 1, 1], feature),
    tokens: tf.zeros([1, 3], 'int32'),
    targets: tf.tensor2d([targets], undefined, 'int32'),
    lossWeights: tf.ones([1, 3]),
    seed: tf.tensor1d([1, step], 'int32'),
    rates: ratesAsTensors(stepRates({ learningRate, step, emaDecay })),
  };
}

function run(steps: number, rate: number, clipNorm: number, weightDecay: number, emaDecay: number) {
  const options = { clipNorm, weightDecay, emaDecay, labelSmoothing: 0, dropout: 0 };
  const step = trainingStep(rowCaptioner, options);
  let state = initialOptimizerState({ row: tf.tensor2d([start]) }, options);
  let norms: number[] = [];
  for (let t = 0; t < steps; t++) {
    const after = step({ state, batch: batchOf(0, t, rate, emaDecay) });
    state = after.state;
    norms = [...norms, after.norm.dataSync<'float32'>()[0]];
  }
  return { state, norms };
}

describe('training step', () => {
  for (const [name, clipNorm, decay, emaDecay] of [
    ['Adam', 100, 0, 0],
    ['clipping', 0.1, 0, 0],
    ['weight decay', 100, 0.1, 0],
    ['averaging', 100, 0.01, 0.5],
    ['slow averaging', 100, 0.01, 0.999],
  ] as const) {
    it(`does the arithmetic of ${name}`, () => {
      const { state } = run(12, 0.05, clipNorm, decay, emaDecay);
      const expected = plainAdam(12, 0.05, clipNorm, decay, emaDecay);
      assertClose(state.weights['row'], tf.tensor2d([expected.row]), 1e-5);
      if (emaDecay > 0) assertClose(state.ema!['row'], tf.tensor2d([expected.average]), 1e-5);
    });
  }

  it('gives weights that are statistics of the data their next values from the captioner alone', () => {
    // The average also takes part in the logits: it would have a gradient, and a share in its norm.
    const captioner: Captioner = {
      ...rowCaptioner,
      specs: { seen: { shape: [1, 3], initializer: 'zeros', trainable: false }, ...rowCaptioner.specs },
      forward: (weights, _, tokens) => ({
        logits: tf.add(tf.zeros([...tokens.shape, 3]), tf.add(weights['row'], weights['seen'])),
      }),
      updateStatistics: (weights, features) => ({
        seen: tf.add(tf.mul(weights['seen'], 0.5), tf.mean(features)),
      }),
    };
    const options = { clipNorm: 0.1, weightDecay: 0.1, emaDecay: 0.5, labelSmoothing: 0, dropout: 0 };
    const step = compile(trainingStep(captioner, options));
    const zeros = tf.zeros([1, 3]);
    const state = initialOptimizerState({ seen: zeros, row: tf.tensor2d([start]) }, options);
    const { norm: gradientNorm, state: next } = step({ state, batch: batchOf(4, 0, 0.05, 0.5) });
    const expected = plainAdam(1, 0.05, 0.1, 0.1, 0.5);
    assertClose(next.weights['seen'], tf.fill([1, 3], 4), 1e-6);
    assertClose(next.ema!['seen'], tf.fill([1, 3], 4), 1e-6); // not a moving average of moving averages
    assertClose(next.momentum['seen'], zeros, 0);
    assertClose(next.weights['row'], tf.tensor2d([expected.row]), 1e-6);
    assertClose(next.ema!['row'], tf.tensor2d([expected.average]), 1e-6);
    assertClose(gradientNorm, tf.scalar(norm(gradientOf(start))), 1e-6);
    step.dispose();
  });

  it('in inference mode gives the captioner no dropout, and statistics of the data stay', () => {
    const seen: unknown[] = [];
    const captioner: Captioner = {
      ...rowCaptioner,
      specs: { seen: { shape: [1, 3], initializer: 'zeros', trainable: false }, ...rowCaptioner.specs },
      forward: (weights, features, tokens, dropout) => {
        seen.push(dropout);
        return rowCaptioner.forward(weights, features, tokens);
      },
      updateStatistics: () => ({ seen: tf.ones([1, 3]) }),
    };
    const options = { clipNorm: 1, weightDecay: 0, emaDecay: 0, labelSmoothing: 0, dropout: 0 };
    const zeros = tf.zeros([1, 3]);
    const state = initialOptimizerState({ seen: zeros, row: tf.tensor2d([start]) }, options);
    const after = (training: boolean) =>
      trainingStep(captioner, { ...options, training })({ state, batch: batchOf(4, 0, 0.05, 0) }).state
        .weights['seen'];
    assertClose(after(false), zeros, 0);
    assertClose(after(true), tf.ones([1, 3]), 0);
    assert.deepEqual(
      seen.map((dropout) => dropout !== undefined),
      [false, true],
    );
  });

  it('returns the norm of the gradient before clipping', () => {
    const { norms } = run(1, 0.05, 0.01, 0, 0);
    assert.ok(Math.abs(norms[0] - norm(gradientOf(start))) < 1e-6);
  });
});
