import '../../../lib/native/backend';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { nativeTensorCount } from '../../../lib/native/backend';
import type { ConvolutionalEncoder } from '../../../lib/vision/encoders/convolutional-encoder';
import type { EncoderDefinition } from '../../../lib/vision/encoders/definition';
import { fineTunedBlocks, makeEncoder } from '../../../lib/vision/encoders/encoder';
import { encoderDefinitions } from '../../../lib/vision/encoders/registry';
import type { WeightArray, WeightArrays } from '../../../lib/vision/encoders/weight-arrays';

/*
 * What holds for every registered encoder. A new one needs nothing here where it is a `convolutionalEncoder` whose
 * weights have the names of Keras or PyTorch; any other brings `testArrays`, the shapes of the arrays of its weights file.
 */

/** Uniform numbers from -1 to 1, the same ones for the same shape, scaled as He et al. initialize kernels; vectors are 0.5 to 1.5. */
function randomArray(shape: readonly number[]): WeightArray {
  const size = shape.reduce((product, length) => product * length, 1);
  const scale = Math.sqrt((6 * shape[shape.length - 1]) / size);
  let state = size;
  const values = Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const uniform = state / 2 ** 31 - 1;
    return shape.length === 1 ? 1 + uniform / 2 : scale * uniform;
  });
  return { shape: [...shape], values };
}

/** Random weights of an encoder: its `testArrays`, and the convolutions of its blocks with the names of Keras and of PyTorch. */
function randomArrays(definition: EncoderDefinition & Partial<ConvolutionalEncoder>): WeightArrays {
  const arrays = new Map<string, WeightArray>();
  for (const [name, shape] of Object.entries(definition.testArrays ?? {}))
    arrays.set(name, randomArray(shape));
  for (const { name, norm, kernel, filters } of (definition.blocks ?? []).flatMap(
    ({ layer }) => layer.convolutions,
  )) {
    const array = randomArray(kernel);
    const [rows, columns, inputs, outputs] = kernel;
    arrays.set(`${name}/kernel`, array);
    arrays.set(`${name}.weight`, {
      ...array,
      shape: outputs === filters ? [outputs, inputs, rows, columns] : [inputs, outputs, rows, columns],
    });
    const vector = randomArray([filters]);
    const vectors = [`${name}/bias`, `${name}.bias`];
    for (const part of norm ? ['/gamma', '/beta', '/moving_mean', '/moving_variance'] : [])
      vectors.push(`${norm}${part}`);
    for (const part of norm ? ['.weight', '.bias', '.running_mean', '.running_var'] : [])
      vectors.push(`${norm}${part}`);
    for (const one of vectors) arrays.set(one, vector);
  }
  return arrays;
}

for (const definition of encoderDefinitions()) {
  const { name, endPoints, input } = definition;

  describe(`the encoder ${name}`, function () {
    this.timeout(180_000); // a second each on two cores of their own
    const file = { arrays: new Map() as WeightArrays, weightsHash: '', source: 'file' };
    before(() => void (file.arrays = randomArrays(definition)));
    after(() => void (file.arrays = new Map()));
    const image = () => tf.randomUniform<tf.Rank.R4>([1, input.height, input.width, 3], 0, 255, 'float32', 1);
    let tensors = 0;
    beforeEach(() => (tensors = nativeTensorCount()));
    afterEach(() => assert.equal(nativeTensorCount(), tensors, 'tensors are left'));

    it('alone fits its weights, and none fits an empty file', () => {
      const fitting = (these: WeightArrays) =>
        encoderDefinitions().filter(({ fits }) => fits(these)).map((one) => one.name); // prettier-ignore
      assert.deepEqual(fitting(file.arrays), [name]);
      assert.deepEqual(fitting(new Map()), []);
    });

    it('has end points of different names, and refuses others', () => {
      assert.ok(endPoints.length > 0 && new Set(endPoints).size === endPoints.length);
      assert.throws(() => makeEncoder(definition, file, 'nowhere'), /no end point "nowhere"/);
    });

    const some = [endPoints[0], endPoints[endPoints.length >> 1], endPoints[endPoints.length - 1]];
    for (const endPoint of new Set(some)) {
      it(`gives features of the declared shape at ${endPoint}`, () => {
        const encoder = makeEncoder(definition, file, endPoint);
        const { grid, regions, channels } = encoder;
        tf.tidy(() => {
          const features = encoder.forward(image());
          assert.deepEqual(features.shape, [1, regions, channels]);
          assert.ok(grid[0] * grid[1] <= regions, `a grid of ${grid.join(' x ')} in ${regions} regions`);
          const [least, most] = [tf.min(features), tf.max(features)].map((one) => one.dataSync()[0]);
          assert.ok(Number.isFinite(most) && most > least, `features from ${least} to ${most}`);
        });
        encoder.dispose();
      });
    }

    it('gives the same features with its last block apart, as it is fine-tuned', function () {
      if (!definition.fineTunedBlocks || endPoints.length < 2) this.skip();
      const [from, to] = endPoints.slice(-2);
      const [below, above] = [from, to].map((endPoint) => makeEncoder(definition, file, endPoint));
      const blocks = fineTunedBlocks(definition, from, to);
      const weights = blocks.readWeights(file.arrays, 'file');
      assert.deepEqual(
        Object.entries(weights).map(([weight, { shape }]) => [weight, shape]),
        Object.entries(blocks.shapes),
      );
      tf.tidy(() => {
        const expected = above.forward(image());
        const actual = blocks.forward(weights, below.forward(image()));
        const difference = tf.max(tf.abs(tf.sub(actual, expected))).dataSync()[0];
        assert.ok(difference <= 1e-5 * tf.max(tf.abs(expected)).dataSync()[0], `difference ${difference}`);
      });
      tf.dispose(weights);
      below.dispose();
      above.dispose();
    });
  });
}
