import '../../lib/native/backend';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { initializeWeights } from '../../lib/captioners/initialize';
import { compile } from '../../lib/native/graph/compile';
import { initialOptimizerState, ratesAsTensors, stepRates } from '../../lib/training/optimizer';
import { trainingStep, type StepInputs } from '../../lib/training/step';
import { assertAllClose, assertClose } from '../helpers/numeric';
import { captionerOf, oneOfEachCaptioner, randomFeatures } from '../helpers/tiny-captioner';

/** Two images with two captions each, the last of them shorter. */
const batchOf = (scheduledSampling: number): StepInputs => ({
  features: randomFeatures(2),
  tokens: tf.tensor2d([2, 5, 9, 2, 7, 8, 2, 9, 5, 2, 4, 0], [4, 3], 'int32'),
  targets: tf.tensor2d([5, 9, 3, 7, 8, 3, 9, 5, 3, 4, 3, 0], [4, 3], 'int32'),
  lossWeights: tf.tensor2d([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0], [4, 3]),
  seed: tf.tensor1d([1, 7], 'int32'),
  rates: ratesAsTensors(stepRates({ learningRate: 0.05, step: 0, emaDecay: 0.9, scheduledSampling })),
});

describe('the training step with scheduled sampling and a penalty on attention', function () {
  this.timeout(60_000);

  for (const [name, captionerOptions] of Object.entries(oneOfEachCaptioner)) {
    it(`is one graph that does what the operations do: ${name}`, () => {
      const captioner = captionerOf(captionerOptions);
      const starting = initializeWeights(captioner.specs, 3);
      const { features, tokens } = batchOf(0);
      const { attention } = captioner.forward(starting, features, tokens);
      const attentionPenalty = attention ? 0.7 : 0;
      const options = {
        clipNorm: 1,
        labelSmoothing: 0.1,
        weightDecay: 0.01,
        emaDecay: 0.9,
        dropout: 0.2,
      };
      const step = trainingStep(captioner, { ...options, scheduledSampling: 1, attentionPenalty });
      const compiled = compile(step);
      const state = initialOptimizerState(starting, options);
      const { loss, norm, state: next } = compiled({ state, batch: batchOf(0.8) });
      const expected = step({ state, batch: batchOf(0.8) });
      assertClose(loss, expected.loss, 1e-5);
      assertClose(norm, expected.norm, 1e-4);
      // Not the weights: Adam's first step is as long for gradients that are 0 but for rounding.
      assertAllClose(next.momentum, expected.state.momentum, 1e-5);
      const own = compiled({ state, batch: batchOf(0) });
      const plain = trainingStep(captioner, { ...options, attentionPenalty })({ state, batch: batchOf(0) });
      assertClose(own.loss, plain.loss, 1e-5);
      assert.equal(compiled.graphs, 1);
      compiled.dispose();

      for (const [name, { trainable }] of Object.entries(captioner.specs)) {
        const moved = tf
          .max(tf.abs(tf.sub(next.weights[name], state.weights[name])))
          .dataSync<'float32'>()[0];
        if (trainable === false) {
          assert.ok(moved > 0, `${name} stays`);
          assertClose(next.ema![name], next.weights[name], 0);
        }
        assert.ok(Number.isFinite(moved), name);
      }
    });
  }
});
