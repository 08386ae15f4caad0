import '../../lib/native/backend';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import type { Weights } from '../../lib/captioners/captioner';
import { compile } from '../../lib/native/graph/compile';
import { attentionPenalty } from '../../lib/ops/loss';
import { initialOptimizerState, ratesAsTensors, stepRates } from '../../lib/training/optimizer';
import { batchLoss, trainingStep } from '../../lib/training/step';
import { assertClose } from '../helpers/numeric';
import { randomFeatures, randomWeights, tinyCaptioner } from '../helpers/tiny-captioner';

/** One caption over two regions: where each of its three words looks. */
const caption = [
  [0.5, 0.5],
  [0.1, 0.9],
  [0.2, 0.8],
];
const penaltyOn = (attention: number[][][], weights: number[][]) =>
  attentionPenalty(tf.tensor3d(attention), tf.tensor2d(weights));

describe('penalty on attention', () => {
  it('is the mean over the regions of (1 - all looks at it)^2', () => {
    // The regions are looked at 0.8 and 2.2 times in all.
    assertClose(penaltyOn([caption], [[1, 1, 1]]), tf.scalar((0.2 ** 2 + 1.2 ** 2) / 2), 1e-6);
  });

  it('is 0 where each region is looked at once', () => {
    const even = [
      [0.25, 0.75],
      [0.75, 0.25],
    ];
    assertClose(penaltyOn([even], [[1, 1]]), tf.scalar(0), 1e-6);
  });

  it('is the mean over captions, and neither padding nor captions without words count', () => {
    // The second caption ends after its first word, the third fills up the batch.
    const weights = [
      [1, 1, 1],
      [1, 0, 0],
      [0, 0, 0],
    ];
    const expected = ((0.2 ** 2 + 1.2 ** 2) / 2 + 0.5 ** 2) / 2;
    assertClose(penaltyOn([caption, caption, caption], weights), tf.scalar(expected), 1e-6);
    assertClose(penaltyOn([caption], [[0, 0, 0]]), tf.scalar(0), 0);
  });

  it('has a gradient by the looks that count alone', () => {
    const gradient = tf.grad((x) => attentionPenalty(x as tf.Tensor3D, tf.tensor2d([[1, 1, 0]])))(
      tf.tensor3d([caption]),
    );
    // d/da of mean (1 - sum)^2: -(1 - sum) for each of two regions, looked at 0.6 and 1.4 times
    const expected = [[-0.4, 0.4], [-0.4, 0.4], [0, 0]]; // prettier-ignore
    assertClose(gradient, tf.tensor3d([expected]), 1e-6);
    assert.deepEqual(gradient.shape, [1, 3, 2]);
  });

  it('is added to the loss of a step with its weight, and steps make it smaller', () => {
    const captioner = tinyCaptioner({ layers: 1 });
    const options = { clipNorm: 9, labelSmoothing: 0, weightDecay: 0, emaDecay: 0, dropout: 0 };
    const step = compile(trainingStep(captioner, { ...options, attentionPenalty: 5 }));
    const tokens = tf.tensor2d([[2, 5, 9]], undefined, 'int32'); // as many as there are regions
    const [features, counts] = [randomFeatures(1), tf.ones<tf.Rank.R2>([1, 3])];
    const targets = tf.tensor2d([[5, 9, 3]], undefined, 'int32');
    const inputs = { features, tokens, targets, lossWeights: counts };
    const penaltyOf = (weights: Weights) =>
      attentionPenalty(captioner.forward(weights, features, tokens).attention!, counts).dataSync()[0];

    const start = randomWeights(captioner.specs, 1);
    const plain = batchLoss(captioner, start, inputs, 0).dataSync()[0];
    let state = initialOptimizerState(start, options);
    const losses: number[] = [];
    for (let t = 0; t < 30; t++) {
      const rates = ratesAsTensors(stepRates({ learningRate: 0.02, step: t, emaDecay: 0 }));
      const after = step({ state, batch: { ...inputs, seed: tf.tensor1d([1, t], 'int32'), rates } });
      state = after.state;
      losses.push(after.loss.dataSync()[0]);
    }
    step.dispose();
    assert.ok(penaltyOf(start) > 0.1, `${penaltyOf(start)} at the start`);
    assert.ok(Math.abs(losses[0] - plain - 5 * penaltyOf(start)) < 1e-5);
    const after = penaltyOf(state.weights);
    assert.ok(after < penaltyOf(start) / 4, `${after} after ${penaltyOf(start)}`);
  });
});
