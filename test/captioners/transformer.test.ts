import '../../lib/native/backend';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import type { DecoderState } from '../../lib/captioners/captioner';
import { causalMask, sinusoids } from '../../lib/captioners/layers';
import { createCaptioner } from '../../lib/captioners/registry';
import { transformer } from '../../lib/captioners/transformer';
import { configure } from '../../lib/config/configuration';
import { assertClose } from '../helpers/numeric';
import {
  captionerOf,
  randomFeatures,
  randomWeights,
  tinyInputs,
  tinyOptionsOf,
} from '../helpers/tiny-captioner';

const [IMAGES, BEAMS] = [2, 3];

describe('transformer: positions', () => {
  it('are the sinusoids of Vaswani et al., from any position on', () => {
    const [sin, cos] = [Math.sin, Math.cos];
    const row = (position: number) => [
      sin(position),
      cos(position),
      sin(position / 100),
      cos(position / 100),
    ];
    assertClose(sinusoids(0, 3, 4), tf.tensor2d([row(0), row(1), row(2)]), 1e-6);
    assertClose(sinusoids(7, 1, 4), tf.tensor2d([row(7)]), 1e-6);
    assertClose(sinusoids(2, 1, 3), tf.tensor2d([[sin(2), cos(2), sin(2 / 10_000 ** (2 / 3))]]), 1e-6);
  });

  it('let a position attend to itself and to those before', () => {
    const attention = tf.softmax(causalMask(3));
    const [half, third] = [1 / 2, 1 / 3];
    assertClose(
      attention,
      tf.tensor2d([
        [1, 0, 0],
        [half, half, 0],
        [third, third, third],
      ]),
      1e-6,
    );
  });
});

describe('transformer: decoding', () => {
  const captioner = captionerOf(tinyOptionsOf(transformer));
  const weights = randomWeights(captioner.specs);
  const tokens = tf.fill([IMAGES, BEAMS], 5, 'int32') as tf.Tensor2D;
  const parents = tf.tensor2d(
    [
      [2, 0, 1],
      [1, 1, 0],
    ],
    undefined,
    'int32',
  );

  /** The operations of one more step, each with the shapes that go in, and the state after it. */
  async function profiled(before: DecoderState): Promise<{ kernels: string[]; state: DecoderState }> {
    let state: DecoderState = {};
    const { kernels } = await tf.profile(() => {
      ({ state } = captioner.step(weights, before, tokens));
      return tokens;
    });
    return {
      kernels: kernels.map(({ name, inputShapes }) => `${name} ${JSON.stringify(inputShapes)}`),
      state,
    };
  }

  it('computes one token alone: only the matmuls with keys and values grow with the prefix', async () => {
    let { state } = captioner.step(
      weights,
      captioner.initialState(weights, randomFeatures(IMAGES), BEAMS),
      tokens,
    );
    const steps: string[][] = [];
    for (let t = 1; t <= 6; t++) {
      const step = await profiled(state);
      steps.push(step.kernels);
      state = captioner.reorder(step.state, parents);
    }
    const [early, late] = [steps[0], steps[5]];
    assert.equal(late.length, early.length);
    const grown = late.filter((kernel, i) => kernel !== early[i]).map((kernel) => kernel.split(' ')[0]);
    const allowed = ['BatchMatMul', 'Concat', 'ConcatV2', 'Reshape', 'Softmax'];
    assert.deepEqual(
      grown.filter((name) => !allowed.includes(name)),
      [],
    );
    // Of the matmuls, two in each block have the prefix in them: those of attention.
    const matmuls = (kernels: string[]) => kernels.filter((kernel) => kernel.startsWith('BatchMatMul'));
    const early2d = matmuls(early);
    const changed = matmuls(late).filter((kernel, i) => kernel !== early2d[i]);
    assert.equal(changed.length, 2 * 2);
  });

  it("keeps an image's regions once for all its captions", () => {
    const start = captioner.initialState(weights, randomFeatures(IMAGES), BEAMS);
    const names = ['regions0/keys', 'regions0/values', 'regions1/keys', 'regions1/values'];
    assert.deepEqual(Object.keys(start).sort(), names);
    for (const tensor of Object.values(start))
      assert.deepEqual(tensor.shape, [IMAGES, 2, tinyInputs.regions, 3]);
    let state = start;
    for (let t = 1; t <= 3; t++) {
      state = captioner.reorder(captioner.step(weights, state, tokens).state, parents);
      for (const name of names) assert.equal(state[name], start[name], 'the same tensor');
      assert.deepEqual(state['tokens1/keys'].shape, [IMAGES * BEAMS, 2, t, 3]);
    }
  });
});

describe('transformer: presets', () => {
  /** Parameters by the formulas of the paper: 4 projections an attention, 2 feed-forward layers, norms and biases. */
  function parameters(width: number, vocabSize: number, regions: number, channels: number): number {
    const dense = (from: number, to: number) => from * to + to;
    const norm = 2 * width;
    const attention = 4 * dense(width, width) + norm;
    const feedForward = dense(width, 2 * width) + dense(2 * width, width) + norm;
    const image = dense(channels, width) + regions * width + attention + feedForward + norm;
    return vocabSize * width + vocabSize + image + 2 * (2 * attention + feedForward) + norm;
  }

  for (const [preset, width, heads] of [
    ['transformer', 512, 8],
    ['transformer-s', 512, 2],
    ['transformer-l', 1028, 4],
    ['transformer-xl', 1536, 6],
  ] as const) {
    it(`${preset} has ${heads} heads and the parameters of its formula`, () => {
      const { captioner } = configure({ preset }, {});
      assert.ok(captioner.name === 'transformer' && captioner.heads === heads);
      const inputs = { regions: 64, channels: 1280, vocabSize: 10_000 };
      const { specs } = createCaptioner(captioner, inputs);
      const count = Object.values(specs).reduce((sum, { shape }) => sum + tf.util.sizeFromShape(shape), 0);
      assert.equal(count, parameters(width, 10_000, 64, 1280));
    });
  }
});
