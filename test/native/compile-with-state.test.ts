import '../../lib/native/backend';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { nativeBackend, nativeTensorCount } from '../../lib/native/backend';
import { compileWithState, saveGraphWithState } from '../../lib/native/graph/compile-with-state';
import type { StatefulFunction } from '../../lib/ops/compiled';
import { kernels } from '../../lib/ops/kernels';
import { assertClose } from '../helpers/numeric';

/** Adam and a moving average, which change variables in place, and a number of calls, which does not. */
const learning: StatefulFunction = ([momentum, variance, average, calls], [weight, gradient]) => {
  const settings = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8 };
  const next = kernels().adam({ weight, momentum, variance }, gradient, tf.scalar(0.1), settings);
  const moved = kernels().movingAverage(average, next.weight, tf.scalar(0.25));
  return {
    outputs: [next.weight],
    state: [next.momentum, next.variance, moved, tf.add(calls, 1)],
  };
};

const start = () => [tf.zeros([2, 3]), tf.zeros([2, 3]), tf.ones([2, 3]), tf.scalar(0)];
const gradientOf = (call: number) => tf.randomNormal([2, 3], 0, 1, 'float32', call + 1);

describe('compiled functions with a state', () => {
  it('do over several calls what the plain function does with the state handed on', () => {
    const compiled = compileWithState(learning, start());
    let state = start();
    let weight: tf.Tensor = tf.ones([2, 3]);
    for (let call = 0; call < 4; call++) {
      const expected = learning(state, [weight, gradientOf(call)]);
      const [next] = compiled([weight, gradientOf(call)]);
      assertClose(next, expected.outputs[0], 1e-6);
      compiled.state().forEach((x, i) => assertClose(x, expected.state[i], 1e-6));
      [weight, state] = [next, expected.state];
    }
    compiled.dispose();
  });

  it('leave the tensors of an earlier state as they were', () => {
    const first = start();
    const compiled = compileWithState(learning, first);
    assertClose(compiled.state()[2], first[2], 0); // before the first call there is no graph
    const held = [];
    for (let call = 0; call < 3; call++) {
      compiled([tf.ones([2, 3]), gradientOf(call)]);
      const state = compiled.state();
      held.push({ state, values: state.map((x) => [...x.dataSync()]) });
    }
    for (const { state, values } of held) assert.deepEqual(state.map((x) => [...x.dataSync()]), values); // prettier-ignore
    assert.notDeepEqual(held[1].values, held[2].values);
    first.forEach((x, i) => assertClose(x, start()[i], 0));
    compiled.dispose();
  });

  it('change variables in place where the operations can', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'state-'));
    saveGraphWithState(learning, start(), [tf.ones([2, 3]), gradientOf(0)], folder);
    const graph = fs.readFileSync(path.join(folder, 'saved_model.pb'), 'latin1');
    fs.rmSync(folder, { recursive: true });
    // A state that is not changed in place is assigned by a node next_...
    assert.deepEqual([...new Set(graph.match(/next_\d/g))], ['next_3']);
  });

  it('may exchange parts of the state, keep some and read what they change', () => {
    const exchange: StatefulFunction = ([a, b, c], [x]) => {
      const sum = tf.add(tf.add(a, tf.mul(b, 10)), tf.mul(c, 100));
      const moved = kernels().movingAverage(c, x, tf.scalar(0.5));
      return { outputs: [sum, tf.add(moved, c)], state: [b, a, moved] };
    };
    const compiled = compileWithState(exchange, [tf.scalar(1), tf.scalar(2), tf.scalar(4)]);
    const results = [2, 2].map((x) => compiled([tf.scalar(x)]).map((y) => y.dataSync()[0]));
    assert.deepEqual(results, [[421, 7], [312, 5.5]]); // prettier-ignore
    assert.deepEqual(compiled.state().map((x) => x.dataSync()[0]), [1, 2, 2.5]); // prettier-ignore
    compiled.dispose();

    const keeping = compileWithState(([a], [x]) => ({ outputs: [tf.add(a, x)], state: [a] }), [tf.scalar(3)]);
    for (const x of [1, 2]) assert.equal(keeping([tf.scalar(x)])[0].dataSync()[0], 3 + x);
    keeping.dispose();
  });

  it('take their state along where inputs have another shape', () => {
    const add: StatefulFunction = ([sum], [x]) => {
      const next = tf.add(sum, tf.sum(x));
      return { outputs: [next], state: [next] };
    };
    const compiled = compileWithState(add, [tf.scalar(1)]);
    const sums = [[2], [3], [1], [2]].map((shape) => compiled([tf.ones(shape)])[0].dataSync()[0]);
    assert.deepEqual(sums, [3, 6, 7, 9]);
    compiled.dispose();
  });

  it('refuse a function that reads values by its name, and keep the state', () => {
    const reading: StatefulFunction = ([a], [x]) => {
      const factor = x.dataSync()[0];
      return { outputs: [tf.mul(a, factor)], state: [a] };
    };
    const compiled = compileWithState(reading, [tf.scalar(3)], { name: 'the reader' });
    assert.throws(() => compiled([tf.scalar(1)]), /the reader cannot be compiled.*may not read the values/);
    assert.equal(compiled.state()[0].dataSync()[0], 3);
    compiled.dispose();
  });

  it('leave no tensors and no sessions behind', () => {
    const initial = start();
    const inputs = [tf.ones([2, 3]), gradientOf(0)];
    nativeBackend().getInputTensorIds([...initial, ...inputs]); // brings their values to TensorFlow
    const { binding } = nativeBackend();
    const before = [nativeTensorCount(), binding.getNumOfSavedModels()];
    const compiled = compileWithState(learning, initial);
    for (let i = 0; i < 3; i++) tf.dispose(compiled(inputs));
    tf.dispose(compiled.state());
    compiled.dispose();
    assert.deepEqual([nativeTensorCount(), binding.getNumOfSavedModels()], before);
  });
});
