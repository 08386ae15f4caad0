import '../../lib/native/backend';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { createCaptioner } from '../../lib/captioners/create';
import { initializeWeights } from '../../lib/captioners/initialize';
import { compile } from '../../lib/native/graph/compile';
import { firstState, packState, stepRates, unpackState } from '../../lib/training/optimizer';
import { trainingStep } from '../../lib/training/step';
import { assertClose } from '../helpers/numeric';
import { everyCaptioner, randomFeatures, tinyInputs } from '../helpers/tiny-captioner';

const kinds = [
  'cross-attention, default (residual, tied)',
  'attention-lstm, tied',
  'show-and-tell, tied, batch norm',
  'transformer, tied, one block over the regions',
];

/** Two images with two captions each, the last of them shorter. */
const batchOf = (share: number) => [
  randomFeatures(2),
  tf.tensor2d([2, 5, 9, 2, 7, 8, 2, 9, 5, 2, 4, 0], [4, 3], 'int32'),
  tf.tensor2d([5, 9, 3, 7, 8, 3, 9, 5, 3, 4, 3, 0], [4, 3], 'int32'),
  tf.tensor2d([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0], [4, 3]),
  tf.tensor1d([1, 7], 'int32'),
  tf.tensor1d(stepRates(0.05, 0, 0.9, share)),
];

describe('the training step with words of its own and a penalty on attention', function () {
  this.timeout(60_000);

  for (const kind of kinds) {
    it(`is one graph that does what the operations do: ${kind}`, () => {
      const captioner = createCaptioner(everyCaptioner[kind], tinyInputs);
      const attentionPenalty = kind.startsWith('show-and-tell') ? 0 : 0.7;
      const options = {
        clipNorm: 1,
        labelSmoothing: 0.1,
        weightDecay: 0.01,
        emaDecay: 0.9,
        dropout: 0.2,
      };
      const step = trainingStep(captioner, { ...options, scheduledSampling: 1, attentionPenalty });
      const compiled = compile(step);
      const state = packState(firstState(Object.values(initializeWeights(captioner.specs, 3)), true));
      const [loss, norm, ...after] = compiled([...state, ...batchOf(0.8)]);
      const next = unpackState(after, true);
      const [sameLoss, sameNorm, ...same] = step(...state, ...batchOf(0.8));
      assertClose(loss, sameLoss, 1e-5);
      assertClose(norm, sameNorm, 1e-4);
      // Not the weights: Adam's first step is as long for gradients that are 0 but for rounding.
      unpackState(same, true).momentum.forEach((expected, i) =>
        assertClose(next.momentum[i], expected, 1e-5),
      );
      const [own] = compiled([...state, ...batchOf(0)]);
      const [plain] = trainingStep(captioner, { ...options, attentionPenalty })(...state, ...batchOf(0));
      assertClose(own, plain, 1e-5);
      assert.equal(compiled.graphs, 1);
      compiled.dispose();

      Object.entries(captioner.specs).forEach(([name, { trainable }], i) => {
        const moved = tf.max(tf.abs(tf.sub(next.weights[i], state[i]))).dataSync<'float32'>()[0];
        if (trainable === false) {
          assert.ok(moved > 0, `${name} stays`);
          assertClose(next.average[i], next.weights[i], 0);
        }
        assert.ok(Number.isFinite(moved), name);
      });
    });
  }
});
