import '../../lib/native/backend';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { nativeBackend, nativeTensorCount } from '../../lib/native/backend';
import { compile } from '../../lib/native/graph/compile';
import { compileWithState } from '../../lib/native/graph/compile-with-state';
import type { NestedTensors } from '../../lib/ops/nested-tensors';
import { assertClose } from '../helpers/numeric';

const values = (x: tf.Tensor) => [...x.dataSync()];

/** A function whose type says tensors and whose result is something else, as in a notebook without types. */
const returning = (result: (x: tf.Tensor) => unknown) => result as (x: tf.Tensor) => tf.Tensor;

describe('a compiled function', () => {
  for (const graphs of ['first-call', 'second-call'] as const) {
    it(`that calls compiled functions becomes one graph with them (${graphs})`, () => {
      const square = compile((x: tf.Tensor) => tf.square(x), { graphs });
      const norm = compile((x: tf.Tensor) => tf.sqrt(tf.sum(square(x))));
      const scaled = compile((x: tf.Tensor) => tf.div(x, norm(x)), { graphs });
      square(tf.ones([2])); // it has a graph of its own, or has been seen
      const before = nativeTensorCount();
      for (const [x, expected] of [
        [
          [3, 4],
          [0.6, 0.8],
        ],
        [
          [0, 5],
          [0, 1],
        ],
        [
          [8, 6],
          [0.8, 0.6],
        ],
      ]) {
        // prettier-ignore
        const input = tf.tensor1d(x);
        const result = scaled(input);
        assertClose(result, tf.tensor1d(expected), 1e-6);
        tf.dispose([input, result]);
      }
      assert.ok(nativeTensorCount() <= before + 3, 'the tensors of the assertions alone remain');
      assert.equal(scaled.graphs, 1);
      if (graphs === 'first-call') assert.equal(norm.graphs, 0);
      [square, norm, scaled].forEach((one) => one.dispose());
    });
  }

  it('is differentiated within another', () => {
    const cube = compile((x: tf.Tensor) => tf.mul(x, tf.square(x)));
    const slope = compile((x: tf.Tensor) => tf.grad((y: tf.Tensor) => tf.sum(cube(y)))(x));
    for (const x of [2, 3]) assert.deepEqual(values(slope(tf.tensor1d([x]))), [3 * x * x]);
    [cube, slope].forEach((one) => one.dispose());
  });

  it('is part of one with a state; one with a state is part of none', () => {
    const double = compile((x: tf.Tensor) => tf.mul(x, 2));
    const add = (total: tf.Tensor, x: tf.Tensor) => ({ outputs: x, state: tf.add(total, double(x)) });
    const adding = compileWithState(add, tf.scalar(0), { name: 'the adder' });
    for (const x of [1, 2]) adding(tf.scalar(x)).dispose();
    assert.deepEqual(values(adding.state()), [6]);
    const outer = compile((x: tf.Tensor) => adding(x), { name: 'the outer' });
    const { binding } = nativeBackend();
    assert.throws(() => outer(tf.scalar(1)), /the outer cannot be compiled .*: the adder keeps a state/);
    assert.equal(nativeBackend().binding, binding);
    assert.deepEqual(values(adding.state()), [6]);
    [double, adding, outer].forEach((one) => one.dispose());
  });

  it('may take and return one tensor, in a record, in a list or as it is', () => {
    const x = tf.tensor1d([1, 2]);
    const alone = compile((y: tf.Tensor) => tf.add(y, 1));
    const inList = compile(([y]: tf.Tensor[]) => [tf.add(y, 1)]);
    const inRecord = compile(({ y }: { y: tf.Tensor }) => ({ z: tf.add(y, 1) }));
    const same = compile((y: tf.Tensor) => y);
    for (const result of [alone(x), inList([x])[0], inRecord({ y: x }).z])
      assert.deepEqual(values(result), [2, 3]);
    assert.deepEqual(values(same(x)), [1, 2]);
    const none = compile((_: Record<string, tf.Tensor>) => tf.scalar(7));
    assert.deepEqual([values(none({})), values(none({}))], [[7], [7]]);
    [alone, inList, inRecord, same, none].forEach((one) => one.dispose());
  });

  const wrong: [what: string, result: (x: tf.Tensor) => unknown, sentence: RegExp][] = [
    ['a promise', async (x) => Promise.resolve(tf.add(x, 1)), / is async.*await what it needs before/],
    ['a promise that fails', async () => Promise.reject(new Error('late')), / is async/],
    ['nothing', () => undefined, / returned undefined: return a tensor, or a list or record of tensors/],
    ['null', () => null, / returned null/],
    ['a number', () => 7, / returned a number/],
    ['a record with a number', (x) => ({ x, rate: 0.5 }), / returned a number as rate/],
    ['an empty list', () => [], / returned no tensor/],
    ['a typed array', () => Float32Array.of(1), / returned a Float32Array/],
  ];
  for (const [what, result, sentence] of wrong) {
    it(`may not return ${what}`, () => {
      const x = tf.tensor1d([1, 2]);
      const before = nativeTensorCount();
      const named = { name: 'the odd one' };
      assert.throws(
        () => compile(returning(result), named)(x),
        (error: Error) => {
          assert.match(error.message, /^the odd one cannot be compiled to a graph: [^\n]+$/);
          assert.match(error.message, sentence);
          return true;
        },
      );
      const later = compile(returning(result), { ...named, graphs: 'second-call' });
      for (let call = 0; call < 3; call++) assert.throws(() => later(x), sentence);
      assert.ok(nativeTensorCount() <= before + 5); // of the async one, which goes on
    });
  }

  it('takes tensors alone: a number would become a constant', () => {
    const scale = compile(({ x, rate }: { x: tf.Tensor; rate: tf.Scalar }) => tf.mul(x, rate), {
      name: 'scale',
    });
    const given = { x: tf.ones([1]), rate: 2 as unknown as tf.Scalar };
    assert.throws(() => scale(given), /scale: the input rate is a number: give a tensor/);
    assert.throws(
      () => scale(undefined as unknown as typeof given),
      /scale: the input is undefined: give a tensor/,
    );
    assert.deepEqual(values(scale({ ...given, rate: tf.scalar(2) })), [2]);
    scale.dispose();
  });

  it('says which tensor was disposed before it was given or returned', () => {
    const [x, gone] = [tf.scalar(1), tf.scalar(2)];
    gone.dispose();
    for (const graphs of ['first-call', 'second-call'] as const) {
      const sum = compile((terms: { x: tf.Tensor; y: tf.Tensor }) => tf.add(terms.x, terms.y), { graphs });
      assert.throws(() => sum({ x, y: gone }), /the input y is a tensor that was disposed: give a tensor/);
      const lost = compile(() => gone, { graphs });
      assert.throws(() => lost(x), /returned a tensor that was disposed/);
    }
  });

  it('may not run a SavedModel, whose results would become constants', () => {
    const running = compile((x: tf.Tensor) => {
      nativeBackend().binding.runSavedModel(0, [], '', '');
      return x;
    });
    assert.throws(() => running(tf.scalar(1)), /may not run a SavedModel/);
  });

  it('of any nested structure comes back as it was', () => {
    const nested: NestedTensors = { a: [tf.scalar(1), { b: tf.scalar(2) }], c: tf.scalar(3) };
    const identity = compile((x: NestedTensors) => x);
    assert.deepEqual(Object.keys(identity(nested)), ['a', 'c']);
    identity.dispose();
  });
});
