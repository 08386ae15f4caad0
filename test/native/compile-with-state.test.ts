import '../../lib/native/backend';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { nativeBackend, nativeTensorCount } from '../../lib/native/backend';
import { compileWithState, saveGraphWithState } from '../../lib/native/graph/compile-with-state';
import { kernels } from '../../lib/ops/kernels';
import { flatten } from '../../lib/ops/nested-tensors';
import { assertAllClose, assertClose } from '../helpers/numeric';

type State = Record<'momentum' | 'variance' | 'average' | 'calls', tf.Tensor>;

/** Adam and a moving average, which change variables in place, and a number of calls, which does not. */
const learning = (
  { momentum, variance, average, calls }: State,
  { weight, gradient }: Record<'weight' | 'gradient', tf.Tensor>,
) => {
  const settings = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8 };
  const next = kernels().adam({ weight, momentum, variance }, gradient, tf.scalar(0.1), settings);
  const moved = kernels().movingAverage(average, next.weight, tf.scalar(0.25));
  const { weight: outputs, ...moments } = next;
  return { outputs, state: { calls: tf.add(calls, 1), average: moved, ...moments } };
};

const start = (): State => ({
  momentum: tf.zeros([2, 3]),
  variance: tf.zeros([2, 3]),
  average: tf.ones([2, 3]),
  calls: tf.scalar(0),
});
const gradientOf = (call: number) => tf.randomNormal([2, 3], 0, 1, 'float32', call + 1);

describe('compiled functions with a state', () => {
  it('do over several calls what the plain function does with the state handed on', () => {
    const compiled = compileWithState(learning, start());
    let state = start();
    let weight: tf.Tensor = tf.ones([2, 3]);
    for (let call = 0; call < 4; call++) {
      const inputs = { weight, gradient: gradientOf(call) };
      const expected = learning(state, inputs);
      const next = compiled(inputs);
      assertClose(next, expected.outputs, 1e-6);
      assertAllClose(compiled.state(), expected.state, 1e-6);
      [weight, state] = [next, expected.state];
    }
    compiled.dispose();
  });

  it('leave the tensors of an earlier state as they were', () => {
    const first = start();
    const compiled = compileWithState(learning, first);
    assertClose(compiled.state().average, first.average, 0); // before the first call there is no graph
    const held = [];
    for (let call = 0; call < 3; call++) {
      compiled({ weight: tf.ones([2, 3]), gradient: gradientOf(call) });
      const state = flatten(compiled.state());
      held.push({ state, values: state.map((x) => [...x.dataSync()]) });
    }
    for (const { state, values } of held) assert.deepEqual(state.map((x) => [...x.dataSync()]), values); // prettier-ignore
    assert.notDeepEqual(held[1].values, held[2].values);
    assertAllClose(first, start(), 0);
    compiled.dispose();
  });

  it('change variables in place where the operations can', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'state-'));
    saveGraphWithState(learning, start(), { weight: tf.ones([2, 3]), gradient: gradientOf(0) }, folder);
    const graph = fs.readFileSync(path.join(folder, 'saved_model.pb'), 'latin1');
    fs.rmSync(folder, { recursive: true });
    // A state that is not changed in place is assigned by a node next_...: calls is the second by name.
    assert.deepEqual([...new Set(graph.match(/next_\d/g))], ['next_1']);
  });

  it('may exchange parts of the state, keep some and read what they change', () => {
    type Three = Record<'a' | 'b' | 'c', tf.Tensor>;
    const exchange = ({ a, b, c }: Three, x: tf.Tensor) => {
      const sum = tf.add(tf.add(a, tf.mul(b, 10)), tf.mul(c, 100));
      const moved = kernels().movingAverage(c, x, tf.scalar(0.5));
      return { outputs: [sum, tf.add(moved, c)], state: { c: moved, a: b, b: a } };
    };
    const compiled = compileWithState(exchange, { a: tf.scalar(1), b: tf.scalar(2), c: tf.scalar(4) });
    const results = [2, 2].map((x) => compiled(tf.scalar(x)).map((y) => y.dataSync()[0]));
    assert.deepEqual(results, [[421, 7], [312, 5.5]]); // prettier-ignore
    assert.deepEqual(flatten(compiled.state()).map((x) => x.dataSync()[0]), [1, 2, 2.5]); // prettier-ignore
    compiled.dispose();

    const keeping = compileWithState(
      (a: tf.Tensor, x: tf.Tensor) => ({ outputs: tf.add(a, x), state: a }),
      tf.scalar(3) as tf.Tensor,
    );
    for (const x of [1, 2]) assert.equal(keeping(tf.scalar(x)).dataSync()[0], 3 + x);
    keeping.dispose();
  });

  it('take their state along where inputs have another shape', () => {
    const add = ({ sum }: { sum: tf.Tensor }, x: tf.Tensor) => {
      const next = tf.add(sum, tf.sum(x));
      return { outputs: next, state: { sum: next } };
    };
    const compiled = compileWithState(add, { sum: tf.scalar(1) });
    const sums = [[2], [3], [1], [2]].map((shape) => compiled(tf.ones(shape)).dataSync()[0]);
    assert.deepEqual(sums, [3, 6, 7, 9]);
    compiled.dispose();
  });

  it('refuse a function that reads values by its name, and keep the state', () => {
    const reading = (a: tf.Tensor, x: tf.Tensor) => {
      const factor = x.dataSync()[0];
      return { outputs: tf.mul(a, factor), state: a };
    };
    const compiled = compileWithState(reading, tf.scalar(3), { name: 'the reader' });
    assert.throws(() => compiled(tf.scalar(1)), /the reader cannot be compiled.*may not read the values/);
    assert.equal(compiled.state().dataSync()[0], 3);
    compiled.dispose();
  });

  it('refuse a next state with other names or shapes', () => {
    const growing = (a: tf.Tensor, x: tf.Tensor) => ({ outputs: x, state: tf.concat([a, x]) });
    const compiled = compileWithState(growing, tf.ones([1]) as tf.Tensor, { name: 'the list' });
    assert.throws(() => compiled(tf.ones([1])), /the list cannot be compiled.*other names or shapes/);
    compiled.dispose();
  });

  it('leave no tensors and no sessions behind', () => {
    const initial = start();
    const inputs = { weight: tf.ones([2, 3]), gradient: gradientOf(0) };
    nativeBackend().getInputTensorIds(flatten([initial, inputs])); // brings their values to TensorFlow
    const { binding } = nativeBackend();
    const before = [nativeTensorCount(), binding.getNumOfSavedModels()];
    const compiled = compileWithState(learning, initial);
    for (let i = 0; i < 3; i++) tf.dispose(compiled(inputs));
    tf.dispose(compiled.state());
    compiled.dispose();
    assert.deepEqual([nativeTensorCount(), binding.getNumOfSavedModels()], before);
  });
});
