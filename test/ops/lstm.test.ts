import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { nativeTensorCount } from '../../lib/native/backend';
import {
  blockStart,
  lastOfEach,
  lstm,
  lstmInput,
  lstmStep,
  shrinkingLstm,
  type LstmWeights,
} from '../../lib/ops/lstm';
import { assertClose, assertSlopes } from '../helpers/numeric';

const STEPS = 5;
const BATCH = 2;
const INPUTS = 3;
const UNITS = 4;

function weights(seed: number): LstmWeights {
  return {
    kernel: tf.randomNormal([INPUTS, 4 * UNITS], 0, 0.5, 'float32', seed),
    recurrent: tf.randomNormal([UNITS, 4 * UNITS], 0, 0.5, 'float32', seed + 1),
    bias: tf.randomNormal([4 * UNITS], 0, 0.5, 'float32', seed + 2),
  };
}

const x = () => tf.randomNormal<tf.Rank.R3>([STEPS, BATCH, INPUTS], 0, 1, 'float32', 9);

describe('LSTM', () => {
  /** The same, step by step, with the gradients that tfjs finds. */
  function stepByStep(a: tf.Tensor3D, w: LstmWeights): tf.Tensor {
    let state: ReturnType<typeof lstmStep> | undefined;
    const hidden = tf.unstack(lstmInput(a, w)).map((z) => (state = lstmStep(z, w.recurrent, state)).hidden);
    return tf.stack(hidden);
  }

  it('over whole sequences equals a step after the other, gradients too', () => {
    const w = weights(1);
    const results = [stepByStep, lstm].map((run) => {
      const loss = (...t: tf.Tensor[]) => {
        const [a, kernel, recurrent, bias] = t as [tf.Tensor3D, tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
        return tf.sum<tf.Scalar>(tf.square(run(a, { kernel, recurrent, bias })));
      };
      return [run(x(), w), ...tf.grads(loss)([x(), w.kernel, w.recurrent, w.bias])];
    });
    results[0].forEach((plain, i) => assertClose(results[1][i], plain, 1e-5));
  });

  it('over all prefixes read backwards equals an LSTM run over each reversed prefix', () => {
    const w = weights(2);
    const tokens = x();
    const packed = shrinkingLstm(lstmInput(tokens, w), w.recurrent, STEPS);
    const last = lastOfEach(packed, STEPS);
    for (let t = 0; t < STEPS; t++) {
      const reversed = tf.reverse(tf.slice(tokens, 0, t + 1), 0);
      const states = lstm(reversed, w);
      assertClose(tf.slice(last, t, 1), tf.slice(states, t, 1), 1e-6);
    }
  });

  it('with inputs of their own (packed) equals the shared form', () => {
    const w = weights(3);
    const z = lstmInput(x(), w);
    const own = tf.concat(Array.from({ length: STEPS }, (_, s) => tf.slice(z, 0, STEPS - s)));
    assertClose(shrinkingLstm(own, w.recurrent, STEPS), shrinkingLstm(z, w.recurrent, STEPS), 1e-6);
  });

  it('knows where the blocks of a packed tensor begin', () => {
    assert.deepEqual(
      [0, 1, 2, 3].map((s) => blockStart(s, 4)),
      [0, 4, 7, 9],
    );
  });

  for (const packed of [false, true]) {
    it(`has the gradients of finite differences (${packed ? 'packed' : 'shared'} inputs)`, () => {
      const rows = packed ? (STEPS * (STEPS + 1)) / 2 : STEPS;
      const z = tf.randomNormal([rows, BATCH, 4 * UNITS], 0, 1, 'float32', 4);
      const { recurrent } = weights(5);
      const weighting = tf.randomNormal([(STEPS * (STEPS + 1)) / 2, BATCH, UNITS], 0, 1, 'float32', 6);
      const loss = (...t: tf.Tensor[]) =>
        tf.sum<tf.Scalar>(tf.mul(shrinkingLstm(t[0] as tf.Tensor3D, t[1] as tf.Tensor2D, STEPS), weighting));
      const gradients = tf.grads(loss)([z, recurrent]);
      [z, recurrent].forEach((_, which) => {
        assertSlopes(loss, [z, recurrent], which, gradients[which], 2e-3);
      });
    });
  }

  it('step by step equals the sequence', () => {
    const w = weights(7);
    const all = lstm(x(), w);
    let state: { hidden: tf.Tensor; cell: tf.Tensor } | undefined;
    tf.unstack(lstmInput(x(), w)).forEach((z, t) => {
      state = lstmStep(z, w.recurrent, state);
      assertClose(state.hidden, tf.squeeze(tf.slice(all, t, 1), [0]), 1e-6);
    });
  });

  it('leaves no tensors behind', () => {
    const w = weights(8);
    const tokens = x();
    const loss = (...t: tf.Tensor[]) =>
      tf.sum<tf.Scalar>(
        lastOfEach(shrinkingLstm(lstmInput(t[0] as tf.Tensor3D, w), w.recurrent, STEPS), STEPS),
      );
    const run = () => tf.tidy(() => void tf.grads(loss)([tokens])[0].dataSync());
    run();
    const before = nativeTensorCount();
    run();
    run();
    assert.equal(nativeTensorCount(), before);
  });
});
