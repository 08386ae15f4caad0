import '../../lib/native/backend';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { withTemperature } from '../../lib/captioners/temperature';
import { START } from '../../lib/tokenizer';
import { assertClose } from '../helpers/numeric';
import { captionerOf, everyCaptioner, randomFeatures, randomWeights } from '../helpers/tiny-captioner';

describe('a captioner at a temperature', () => {
  for (const [variant, options] of Object.entries(everyCaptioner)) {
    it(`has its logits divided, of whole captions and token by token: ${variant}`, () => {
      const captioner = captionerOf(options);
      const warm = withTemperature(captioner, 0.5);
      const weights = randomWeights(captioner.specs);
      const features = randomFeatures(1);
      const [whole, tokens] = [
        [START, 5, 9, 4],
        [START, 7],
      ].map((row) => tf.tensor2d([row], undefined, 'int32'));
      const [plainOutput, output] = [captioner, warm].map((one) => one.forward(weights, features, whole));
      assertClose(output.logits, tf.mul(2, plainOutput.logits), 1e-6);
      const [plainStep, step] = [captioner, warm].map((one) =>
        one.step(weights, one.initialState(weights, features, 2), tokens),
      );
      assertClose(step.logits, tf.mul(2, plainStep.logits), 1e-6);
      assertClose(step.attention, plainStep.attention, 0);
      const parents = tf.tensor2d([[1, 0]], undefined, 'int32');
      const [plainOrder, order] = [
        captioner.reorder(plainStep.state, parents),
        warm.reorder(step.state, parents),
      ];
      for (const name of Object.keys(plainOrder)) assertClose(order[name], plainOrder[name], 0);
      assert.equal(warm.specs, captioner.specs);
    });
  }
});
