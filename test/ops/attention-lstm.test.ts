import '../../lib/native/backend';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { attentionLstm, attentionLstmStep, type AttentionLstmState } from '../../lib/ops/attention-lstm';
import { nativeTensorCount } from '../../lib/native/backend';
import { assertClose } from '../helpers/numeric';

const [IMAGES, CAPTIONS, REGIONS, WIDTH, ATTENTION_UNITS, UNITS] = [2, 3, 4, 5, 3, 4];
const ROWS = IMAGES * CAPTIONS;
const names = 'words regions keys hidden cell state stateBias score context'.split(' ');

const random = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 0.6, 'float32', seed);

/** Words, picture, start and weights in the order of `names`. */
function inputs(steps: number): tf.Tensor[] {
  const told = ATTENTION_UNITS + 1 + 4 * UNITS;
  return [
    [steps, ROWS, 4 * UNITS],
    [IMAGES, REGIONS, WIDTH],
    [IMAGES, REGIONS, ATTENTION_UNITS],
    [ROWS, UNITS],
    [ROWS, UNITS],
    [UNITS, told],
    [told],
    [ATTENTION_UNITS, 1],
    [WIDTH, 4 * UNITS],
  ].map(random);
}

type Arguments = Parameters<typeof attentionLstm>;

function argumentsOf([tokens, areas, keys, hidden, cell, state, stateBias, score, context]: tf.Tensor[]) {
  const [picture, start] = [
    { regions: areas, keys },
    { hidden, cell },
  ];
  return [tokens, picture, start, { state, stateBias, score, contextKernel: context }] as Arguments;
}

/** Hidden states, contexts and attention side by side [steps, rows, units + width + regions]. */
function allAtOnce(...tensors: tf.Tensor[]): tf.Tensor {
  const { hidden, context, attention } = attentionLstm(...argumentsOf(tensors));
  return tf.concat([hidden, context, attention], 2);
}

/** The same step by step, so that tfjs finds the gradient itself. */
function stepByStep(...tensors: tf.Tensor[]): tf.Tensor {
  const [tokens, picture, start, weights] = argumentsOf(tensors);
  let state: AttentionLstmState = start;
  const results = Array.from({ length: tokens.shape[0] }, (_, step) => {
    const word = tf.squeeze<tf.Tensor2D>(tf.slice(tokens, step, 1), [0]);
    const next = attentionLstmStep(word, picture, state, weights);
    state = next;
    return tf.concat([next.hidden, next.gatedContext, tf.reshape(next.attention, [ROWS, REGIONS])], 1);
  });
  return tf.stack(results);
}

describe('ops: the LSTM with attention', () => {
  for (const steps of [1, 4]) {
    it(`has the gradients that tfjs finds step by step, ${steps} step(s)`, () => {
      const tensors = inputs(steps);
      const pull = random([steps, ROWS, UNITS + WIDTH + REGIONS], 10);
      const lossOf =
        (run: (...t: tf.Tensor[]) => tf.Tensor) =>
        (...t: tf.Tensor[]) =>
          tf.sum(tf.mul(run(...t), pull)) as tf.Scalar;
      const [closed, found] = [allAtOnce, stepByStep].map((run) => tf.valueAndGrads(lossOf(run))(tensors));
      assertClose(closed.value, found.value, 1e-5);
      names.forEach((name, i) => {
        assert.ok(tf.max(tf.abs(found.grads[i])).dataSync<'float32'>()[0] > 0.01, name);
        assertClose(closed.grads[i], found.grads[i], 1e-5);
      });
    });
  }

  it('looks nowhere in particular where all regions have the same key', () => {
    const tensors = inputs(2);
    tensors[2] = tf.ones([IMAGES, REGIONS, ATTENTION_UNITS]);
    const { attention, context } = attentionLstm(...argumentsOf(tensors));
    assertClose(attention, tf.fill([2, ROWS, REGIONS], 1 / REGIONS), 1e-6);
    // the context is the mean of the regions, more or less open
    const means = tf.reshape(tf.tile(tf.mean(tensors[1], 1, true), [1, CAPTIONS, 1]), [1, ROWS, WIDTH]);
    const gates = tf.div(context, means);
    assertClose(gates, tf.tile(tf.slice(gates, [0, 0, 0], [2, ROWS, 1]), [1, 1, WIDTH]), 1e-4);
    const [lowest, highest] = [tf.min(gates), tf.max(gates)].map((x) => x.dataSync<'float32'>()[0]);
    assert.ok(lowest > 0 && highest < 1);
  });

  it('leaves no tensors behind', () => {
    const tensors = inputs(3);
    const run = () =>
      tf.tidy(() => tf.dispose(tf.grads((...t) => tf.sum(allAtOnce(...t)) as tf.Scalar)(tensors)));
    run();
    const before = nativeTensorCount();
    run();
    assert.equal(nativeTensorCount(), before);
  });
});
