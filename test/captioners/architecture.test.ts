import '../../lib/native/backend';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { architectureOf, type Architecture } from '../../lib/captioners/architecture';
import type { Captioner } from '../../lib/captioners/captioner';
import { withFineTunedEncoder } from '../../lib/captioners/fine-tuned';
import { nativeTensorCount } from '../../lib/native/backend';
import { dense } from '../../lib/ops/layers';
import { recordLayers, runLayer } from '../../lib/ops/record-layers';
import { bigramCaptioner } from '../helpers/bigram-captioner';
import { captionerOf, everyCaptioner, tinyCaptioner, tinyInputs } from '../helpers/tiny-captioner';

function checkArchitecture(captioner: Captioner, architecture: Architecture): void {
  const { specs } = captioner;
  const { inputs, layers, outputs, trainable, nonTrainable } = architecture;
  const owned = layers.flatMap(({ weights }) => weights);
  assert.deepEqual([...owned].sort(), Object.keys(specs).sort(), 'every weight belongs to exactly one layer');
  const sizes = Object.values(specs).map(({ shape }) => tf.util.sizeFromShape(shape));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  assert.equal(
    layers.reduce((sum, { parameters }) => sum + parameters, 0),
    total,
  );
  assert.equal(trainable + nonTrainable, total);
  const known = new Set(inputs.map(({ name }) => name));
  for (const layer of layers) {
    assert.ok(layer.inputs.length > 0, `${layer.name} is connected`);
    for (const input of layer.inputs) assert.ok(known.has(input), `${layer.name} after ${input}`);
    assert.ok(!layer.outputShape.includes('?'), `${layer.name}: ${layer.outputShape.join(', ')}`);
    known.add(layer.name);
  }
  for (const { from } of outputs) assert.ok(from.length > 0 && from.every((name) => known.has(name)));
  const used = new Set([...layers.flatMap((layer) => layer.inputs), ...outputs.flatMap(({ from }) => from)]);
  for (const name of known) assert.ok(used.has(name), `something uses ${name}`);
}

describe('architecture', () => {
  for (const [name, options] of Object.entries(everyCaptioner)) {
    it(`has every weight in one layer, each connected: ${name}`, () => {
      const captioner = captionerOf(options);
      const architecture = architectureOf(captioner, tinyInputs);
      checkArchitecture(captioner, architecture);
      assert.deepEqual(architecture.outputs[0].shape, ['batch', 'steps', tinyInputs.vocabSize]);
    });
  }

  it('shows shapes, tied weights and connections', () => {
    const { layers, outputs } = architectureOf(tinyCaptioner({ layers: 1 }), tinyInputs);
    const find = (name: string) => layers.find((layer) => layer.name === name)!;
    assert.deepEqual(find('embedding'), {
      name: 'embedding',
      type: 'Embedding',
      detail: undefined,
      outputShape: ['batch', 'steps', 7],
      weights: ['embedding'],
      parameters: 13 * 7,
      tiedWeights: [],
      inputs: ['tokens'],
    });
    assert.deepEqual(find('lstm0').outputShape, ['steps', 'batch', 10]);
    assert.deepEqual(find('block0/attention').inputs, ['regions/norm', 'block0/norm']);
    assert.deepEqual(find('block0/add').inputs, ['lstm0', 'block0/attention']);
    assert.deepEqual(find('softmax').tiedWeights, ['embedding']);
    assert.deepEqual(outputs[1], {
      name: 'attention',
      shape: ['batch', 'steps', 3],
      from: ['block0/attention'],
    });
  });

  it('shows a captioner whose operations are not in layers, by the names of its weights', () => {
    const captioner = bigramCaptioner(tinyInputs.vocabSize);
    checkArchitecture(captioner, architectureOf(captioner, tinyInputs));
  });

  it('shows the blocks of an encoder that are trained too', () => {
    const forward: Parameters<typeof withFineTunedEncoder>[1]['forward'] = (weights, features) =>
      dense(features, weights['kernel']) as tf.Tensor3D;
    const blocks = { shapes: { kernel: [4, tinyInputs.channels] }, forward } as unknown as Parameters<
      typeof withFineTunedEncoder
    >[1];
    const captioner = withFineTunedEncoder(tinyCaptioner(), blocks);
    const architecture = architectureOf(captioner, { ...tinyInputs, channels: 4 });
    checkArchitecture(captioner, architecture);
    assert.equal(architecture.layers[0].name, 'encoder');
  });

  it('leaves no tensors behind, and tfjs as it was', () => {
    const before = [tf.memory().numTensors, nativeTensorCount()];
    architectureOf(tinyCaptioner(), tinyInputs);
    assert.deepEqual([tf.memory().numTensors, nativeTensorCount()], before);
    assert.throws(() =>
      recordLayers({ inputs: {}, weights: {} }, () => {
        throw new Error('a broken model');
      }),
    );
    assert.ok(!Object.hasOwn(tf.engine(), 'runKernel'));
  });

  it('counts layers within a layer as parts of it, and a name that comes twice as one layer', () => {
    const [x, a, b] = [tf.ones([2, 3]), tf.ones([3, 3]), tf.ones([3, 4])];
    const { layers } = recordLayers({ inputs: { x }, weights: { 'outer/a': a, 'outer/b': b } }, () => {
      const first = runLayer('Outer', 'outer', () => runLayer('Dense', 'outer/a', () => dense(x, a)));
      const relu = runLayer('ReLU', 'relu', () => tf.relu(first));
      return { y: runLayer('Outer', 'outer', () => dense(relu, b)) };
    });
    assert.deepEqual(
      layers.map(({ name, weights, outputShape }) => [name, weights, outputShape]),
      [
        ['relu', [], [2, 3]],
        ['outer', ['outer/a', 'outer/b'], [2, 4]],
      ],
    );
    tf.dispose([x, a, b]);
  });
});
