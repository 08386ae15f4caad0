import '../../lib/native/backend';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { crossAttention } from '../../lib/captioners/cross-attention';
import { initializeWeights } from '../../lib/captioners/initialize';
import { nativeBackend, nativeTensorCount } from '../../lib/native/backend';
import { execute, type Attribute } from '../../lib/native/execute';
import { compile } from '../../lib/native/graph/compile';
import type { GraphNode } from '../../lib/native/graph/recorder';
import { loadGraph } from '../../lib/native/graph/saved-model';
import { nativeKernels } from '../../lib/native/kernels';
import { flatten } from '../../lib/ops/nested-tensors';
import { initialOptimizerState, ratesAsTensors, stepRates } from '../../lib/training/optimizer';
import { trainingStep, type StepInputs } from '../../lib/training/step';
import { assertAllClose, assertClose } from '../helpers/numeric';

/** A training step of a tiny captioner, and its inputs for captions of so many tokens. */
function tinyStep(dropout: number) {
  const captionerOptions = crossAttention.options.parse({
    name: 'cross-attention',
    embedding: 8,
    lstmUnits: [6],
    layers: 1,
    heads: 2,
    headSize: 4,
    feedForward: 8,
  });
  const captioner = crossAttention.create(captionerOptions, { regions: 3, channels: 5, vocabSize: 11 });
  const options = { clipNorm: 1, labelSmoothing: 0.1, weightDecay: 0.01, emaDecay: 0.9, dropout };
  const step = trainingStep(captioner, options);
  const state = initialOptimizerState(initializeWeights(captioner.specs, 1), options);
  const tokens = (steps: number, seed: number): tf.Tensor2D =>
    tf.cast(tf.randomUniform([4, steps], 4, 11, 'int32', seed), 'int32');
  const batch = (steps: number, seed = 1): StepInputs => ({
    features: tf.randomNormal([4, 3, 5], 0, 1, 'float32', 1),
    tokens: tokens(steps, 2),
    targets: tokens(steps, 3),
    lossWeights: tf.ones([4, steps]),
    seed: tf.tensor1d([seed, 0], 'int32'),
    rates: ratesAsTensors(stepRates({ learningRate: 0.01, step: 0, emaDecay: 0.9 })),
  });
  return { step, state, batch };
}

const largest = (x: tf.Tensor) => tf.max(tf.abs(x)).dataSync<'float32'>()[0];

const lossOf = ({ loss }: { loss: tf.Scalar }) => loss.dataSync<'float32'>()[0];

describe('compiled functions', () => {
  it('a training step gives the results of the same step run operation by operation', () => {
    const { step, state, batch } = tinyStep(0.3);
    const compiled = compile(step);
    let before = state;
    for (let i = 0; i < 2; i++) {
      const inputs = { state: before, batch: batch(3, i) };
      const [expected, actual] = [step(inputs), compiled(inputs)];
      const difference = Math.abs(lossOf(actual) - lossOf(expected)) / lossOf(expected);
      assert.ok(difference <= 1e-6, `loss of step ${i} differs by ${difference}`);
      // Weights whose gradient is nothing but rounding (the keys' biases) move by up to the learning rate.
      const { weights, ema, ...moments } = actual.state;
      const { weights: expectedWeights, ema: expectedEma, ...expectedMoments } = expected.state;
      assertAllClose({ weights, ema }, { weights: expectedWeights, ema: expectedEma }, 0.02);
      const rest = flatten({ norm: expected.norm, loss: expected.loss, ...expectedMoments });
      flatten({ norm: actual.norm, loss: actual.loss, ...moments }).forEach((x, j) =>
        assertClose(x, rest[j], 2e-6 * Math.max(1, largest(rest[j]))),
      );
      before = expected.state;
    }
    assert.equal(compiled.graphs, 1);
    compiled.dispose();
  });

  it('a step with bfloat16 products stays within 1e-2, and is another one', () => {
    const { step, state, batch } = tinyStep(0);
    const compiled = compile(step, { precision: 'bfloat16-matmuls' });
    const inputs = { state, batch: batch(3) };
    const [expected, actual] = [step(inputs), compiled(inputs)];
    const difference = Math.abs(lossOf(actual) - lossOf(expected)) / lossOf(expected);
    assert.ok(difference > 0 && difference < 1e-2, `relative difference ${difference}`);
    const momentum = [actual, expected].map((results) =>
      tf.concat(flatten(results.state.momentum).map((m) => tf.reshape(m, [-1]))),
    );
    const error = tf
      .div(tf.norm(tf.sub(momentum[0], momentum[1])), tf.norm(momentum[1]))
      .dataSync<'float32'>()[0];
    assert.ok(error < 5e-2, `gradients differ by ${error}`); // many small products, each rounded to 8 bits
    compiled.dispose();
  });

  it('a network in bfloat16 gives its features to two digits', () => {
    const images = tf.randomUniform<tf.Rank.R4>([2, 9, 9, 3], 0, 1, 'float32', 1);
    const filters = [3, 8].map((channels, i) =>
      tf.randomNormal<tf.Rank.R4>([3, 3, channels, 8], 0, 0.3, 'float32', i),
    );
    const network = (x: tf.Tensor4D) => {
      const first = tf.relu<tf.Tensor4D>(
        tf.add<tf.Tensor4D>(tf.conv2d(x, filters[0], 1, 'same'), tf.tensor1d([1, 0, 1, 0, 1, 0, 1, 0])),
      );
      const pooled = tf.concat([tf.maxPool(first, 2, 2, 'same'), tf.avgPool(first, 2, 2, 'same')], 0);
      return tf.conv2d(pooled, filters[1], 1, 'same');
    };
    const compiled = compile(network, { precision: 'bfloat16-network' });
    const [expected, actual] = [network(images), compiled(images)];
    assert.equal(actual.dtype, 'float32');
    const error = tf.div(tf.norm(tf.sub(actual, expected)), tf.norm(expected)).dataSync<'float32'>()[0];
    assert.ok(error > 0 && error < 2e-2, `relative error ${error}`);
    compiled.dispose();
  });

  it('are traced once for each set of shapes and types', () => {
    let traces = 0;
    const twice = compile((x: tf.Tensor) => {
      traces++;
      return tf.add(x, x);
    });
    for (const x of [tf.ones([2]), tf.zeros([2]), tf.ones([3]), tf.ones([2], 'int32'), tf.ones([2])]) {
      const result = twice(x);
      assert.equal(result.dtype, x.dtype);
      assertClose(result, tf.mul(x, tf.cast(tf.scalar(2), x.dtype)), 0);
    }
    assert.deepEqual([traces, twice.graphs], [3, 3]);
    twice.dispose();
  });

  it('take the same tensor as two inputs, and other tensors there later', () => {
    const difference = compile(({ a, b }: Record<'a' | 'b', tf.Tensor>) => tf.sub(a, b));
    const x = tf.tensor1d([1, 2]);
    assertClose(difference({ a: x, b: x }), tf.zeros([2]), 0);
    assertClose(difference({ a: x, b: tf.clone(x) }), tf.zeros([2]), 0);
    assertClose(difference({ a: x, b: tf.ones([2]) }), tf.tensor1d([0, 1]), 0);
    difference.dispose();
  });

  it('may return inputs, constants, one tensor twice and tensors from outside, which stay usable', () => {
    const outer = tf.tensor1d([7, 8]);
    const sum = (x: tf.Tensor) => tf.add(x, outer);
    const mixed = compile((x: tf.Tensor) => {
      const y = sum(x);
      return [x, tf.scalar(3), y, y, outer];
    });
    for (const x of [tf.tensor1d([1, 2]), tf.tensor1d([5, 6])]) {
      const expected = [x, tf.scalar(3), sum(x), sum(x), outer];
      const results = mixed(x);
      results.forEach((result, i) => assertClose(result, expected[i], 0));
      tf.dispose(results);
      assert.ok(!x.isDisposed && !outer.isDisposed);
    }
    mixed.dispose();
  });

  it('take and return nested records, whatever order their names are in', () => {
    const scaled = compile(
      ({ xs, factors }: { xs: tf.Tensor[]; factors: { first: tf.Scalar; second?: tf.Scalar } }) => ({
        sum: tf.addN(xs),
        products: { first: xs.map((x) => tf.mul(x, factors.first)), second: factors.second ?? tf.scalar(1) },
      }),
    );
    const xs = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];
    const [two, three] = [tf.scalar(2), tf.scalar(3)];
    for (const factors of [
      { first: two, second: three },
      { second: three, first: two },
    ]) {
      const { sum, products } = scaled({ xs, factors });
      assertClose(sum, tf.tensor1d([4, 6]), 0);
      assertAllClose(products.first, [tf.tensor1d([2, 4]), tf.tensor1d([6, 8])], 0);
      assertClose(products.second, three, 0);
      assert.equal(scaled.graphs, 1);
    }
    // another structure of as many tensors of these shapes, and one without the optional one, are other graphs
    assertClose(scaled({ xs, factors: { first: two } }).products.second, tf.scalar(1), 0);
    assertClose(scaled({ xs: [xs[0]], factors: { first: two } }).sum, xs[0], 0);
    assert.equal(scaled.graphs, 3);
    scaled.dispose();
  });

  it('keep the values that outer tensors had', () => {
    const outer = tf.tensor2d([[1, 2]]);
    const product = compile((x: tf.Tensor) => tf.matMul(outer, x));
    const x = tf.tensor2d([[1], [10]]);
    product(x);
    outer.dispose();
    assertClose(product(x), tf.tensor2d([[21]]), 0);
    product.dispose();
  });

  it('refuse a function that reads values, and leave everything as it was', () => {
    const { binding } = nativeBackend();
    const before = nativeTensorCount();
    const x = tf.tensor1d([1, 2]);
    const reading = compile((y: tf.Tensor) => tf.mul(y, tf.sum(y).dataSync<'float32'>()[0]), {
      name: 'the reader',
    });
    assert.throws(() => reading(x), /the reader cannot be compiled.*may not read the values of a tensor/);
    assert.equal(nativeBackend().binding, binding);
    assert.equal(reading.graphs, 0);
    tf.dispose(x);
    assert.equal(nativeTensorCount(), before);
  });

  it('where wished, become graphs when shapes are seen again', () => {
    let runs = 0;
    const square = compile(
      (x: tf.Tensor) => {
        runs++;
        return tf.square(x);
      },
      { graphs: 'second-call' },
    );
    const made = [[2], [3], [2], [2], [3], [3]].map((shape) => {
      const result = square(tf.fill(shape, 3));
      assertClose(result, tf.fill(shape, 9), 0);
      return square.graphs;
    });
    assert.deepEqual(made, [0, 0, 1, 1, 2, 2]);
    assert.equal(runs, 4); // one run by itself and one that is recorded, for each shape
    square.dispose();
  });

  it('run operation by operation then where they cannot become graphs, and leave no tensors', () => {
    const reading = compile((x: tf.Tensor) => tf.mul(x, tf.sum(x).dataSync<'float32'>()[0]), {
      graphs: 'second-call',
    });
    const x = tf.tensor1d([1, 2]);
    const run = (input: tf.Tensor) => {
      const result = reading(input);
      const values = [...result.dataSync()];
      result.dispose();
      return values;
    };
    assert.deepEqual(run(x), [3, 6]);
    const before = nativeTensorCount();
    assert.deepEqual([run(x), run(x)], [[3, 6], [3, 6]]); // prettier-ignore
    assert.equal(reading.graphs, 0);
    assert.equal(nativeTensorCount(), before);
    assert.deepEqual(run(tf.tensor1d([2, 2])), [8, 8]); // the values of the first run are not frozen in
    reading.dispose();
  });

  it('pass on what a function throws, and go on working', () => {
    const { binding } = nativeBackend();
    const failing = compile((_: tf.Tensor): tf.Tensor => {
      throw new Error('out of paper');
    });
    assert.throws(() => failing(tf.ones([1])), /out of paper/);
    assert.equal(nativeBackend().binding, binding);
    const doubled = compile((x: tf.Tensor) => tf.add(x, x));
    assertClose(doubled(tf.ones([1])), tf.tensor1d([2]), 0);
    doubled.dispose();
  });

  it('refuse an attribute that cannot be written into a graph', () => {
    const { binding } = nativeBackend();
    const graphWith = (type: number, value: unknown) => {
      const attribute = { name: 'odd', type, value } as Extract<
        GraphNode,
        { kind: 'operation' }
      >['attributes'][0];
      const node: GraphNode = {
        kind: 'operation',
        name: 'n',
        op: 'NoOp',
        attributes: [attribute],
        inputs: [],
        dtypes: [],
        shapes: [],
        after: [],
      };
      return () => loadGraph(binding, { nodes: [node], inputs: [], outputs: [], effects: [] });
    };
    assert.throws(graphWith(99, 1), /attribute odd .* cannot be written into a graph/);
    for (const type of [binding.TF_ATTR_BOOL, binding.TF_ATTR_TYPE])
      assert.throws(graphWith(type, [1, 0]), /attribute odd .* cannot be written into a graph/);
  });

  it('multiply matrices of few and of many rows, transposed or not', () => {
    const matrix = (rows: number, columns: number) =>
      tf.randomNormal<tf.Rank.R2>([rows, columns], 0, 1, 'float32', rows);
    for (const rows of [1, 16, 17, 300]) {
      for (const [first, second] of [
        [false, false],
        [true, false],
        [false, true],
        [true, true],
      ]) {
        const a = first ? matrix(5, rows) : matrix(rows, 5);
        const b = second ? matrix(7, 5) : matrix(5, 7);
        const product = compile((x: Record<'a' | 'b', tf.Tensor>) => tf.matMul(x.a, x.b, first, second));
        assertClose(product({ a, b }), tf.matMul(a, b, first, second), 1e-5);
        product.dispose();
      }
    }
  });

  it('keep the order of what is done to a variable, and leave none behind', () => {
    const { binding } = nativeBackend();
    const type: Attribute = { name: 'dtype', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
    const text = (name: string, value: string): Attribute => ({ name, type: binding.TF_ATTR_STRING, value });
    const shape: Attribute = { name: 'shape', type: binding.TF_ATTR_SHAPE, value: [2] };
    const read = (handle: tf.Tensor) => execute('ReadVariableOp', [type], [handle], 1)[0];
    // read, doubled, read, and added to: each is right only in this order
    const ordered = compile((x: tf.Tensor) => {
      const [handle] = execute(
        'VarHandleOp',
        [text('container', ''), text('shared_name', 'v'), type, shape],
        [],
        1,
      );
      execute('AssignVariableOp', [type], [handle, x], 0);
      const first = read(handle);
      execute('AssignVariableOp', [type], [handle, tf.mul(x, 2)], 0);
      const second = read(handle);
      execute('AssignAddVariableOp', [type], [handle, tf.ones([2])], 0);
      const third = read(handle);
      execute('DestroyResourceOp', [], [handle], 0);
      return [first, second, third];
    });
    for (const values of [
      [1, 2],
      [3, 5],
    ]) {
      const x = tf.tensor1d(values);
      const results = ordered(x);
      results.forEach((result, i) => {
        const expected = values.map((v) => [v, 2 * v, 2 * v + 1][i]);
        assert.deepEqual([...result.dataSync()], expected);
      });
    }
    ordered.dispose();
  });

  it('in bfloat16 reorder numbers before a product, and give float32 to all others', () => {
    const x = tf.randomNormal<tf.Rank.R3>([4, 3, 5], 0, 1, 'float32', 1);
    const y = tf.randomNormal<tf.Rank.R2>([12, 7], 0, 1, 'float32', 2);
    const reorder = ({ x: a, y: b }: { x: tf.Tensor3D; y: tf.Tensor2D }): tf.Tensor[] => {
      const turned = tf.transpose(a, [2, 1, 0]); // [5, 3, 4]
      const product = tf.matMul(tf.reshape<tf.Rank.R2>(turned, [5, 12]), b);
      const back = tf.transpose(product); // [7, 5]
      return [product, tf.sum(turned, 0), tf.matMul(back, product), tf.add(back, 1)];
    };
    const narrow = compile(reorder, { precision: 'bfloat16-matmuls' });
    const wide = compile(reorder);
    const [results, expected] = [narrow({ x, y }), wide({ x, y })];
    results.forEach((result, i) => assertClose(result, expected[i], 0.02 * largest(expected[i])));
    assertClose(results[1], expected[1], 0);
    narrow.dispose();
    wide.dispose();
  });

  it('draw new numbers for a new seed, and the same for the same', () => {
    const noise = compile((seed: tf.Tensor1D) => nativeKernels.uniform([4], seed, 0));
    const draw = (seed: number) => [...noise(tf.tensor1d([seed, 1], 'int32')).dataSync<'float32'>()];
    assert.deepEqual(draw(1), draw(1));
    assert.notDeepEqual(draw(1), draw(2));
    assert.equal(noise.graphs, 1);
    noise.dispose();
  });

  it('leave no tensors behind over 20 calls', () => {
    const { step, state, batch } = tinyStep(0.3);
    const inputs = { state, batch: batch(3) };
    nativeBackend().getInputTensorIds(flatten(inputs)); // brings their values to TensorFlow
    const before = nativeTensorCount();
    const compiled = compile(step);
    for (let i = 0; i < 20; i++) tf.dispose(flatten(compiled(inputs)));
    assert.equal(nativeTensorCount(), before);
    compiled.dispose();
  });

  it('free their sessions when disposed', () => {
    const { binding } = nativeBackend();
    const doubled = compile((x: tf.Tensor) => tf.add(x, x));
    const before = binding.getNumOfSavedModels();
    doubled(tf.ones([1]));
    doubled(tf.ones([2]));
    assert.equal(binding.getNumOfSavedModels(), before + 2);
    doubled.dispose();
    assert.equal(binding.getNumOfSavedModels(), before);
  });
});
