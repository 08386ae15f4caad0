import '../../lib/native/backend';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { crossAttention } from '../../lib/captioners/cross-attention';
import { initializeWeights } from '../../lib/captioners/initialize';
import { presets } from '../../lib/config/presets';
import { assertClose } from '../helpers/numeric';
import { tinyCaptioner } from '../helpers/tiny-captioner';

describe('captioner: cross-attention', () => {
  it('of preset original has the 69 million parameters of its formula', () => {
    const [embedding, channels, vocabSize] = [300, 2048, 10_000];
    const units = [64, 128, 256, 512, 1024];
    const dense = (from: number, to: number) => from * to + to;
    const lstm = (from: number, u: number) => 4 * (from * u + u * u + u);
    let from = embedding;
    let text = 0;
    for (const u of units) {
      text += 2 * lstm(from, u);
      from = 2 * u;
    }
    // queries from 2 x 1024 states, keys and values from the quarters of the pooled vector, and back to 2048
    const attention = dense(2048, 512) + 2 * dense(channels / 4, 512) + dense(512, 2048);
    const expected = vocabSize * embedding + text + attention + dense(2 * 2048, vocabSize);
    assert.equal(expected, 69_079_504);

    const options = crossAttention.options.parse({
      name: 'cross-attention',
      ...presets.original.sizes?.['cross-attention'],
    });
    const { specs } = crossAttention.create(options, { regions: 64, channels, vocabSize });
    const count = Object.values(specs).reduce((sum, { shape }) => sum + tf.util.sizeFromShape(shape), 0);
    assert.equal(count, expected);
  });
});

describe('initial weights', () => {
  const { specs } = tinyCaptioner({ lstmUnits: [6] });
  const start = (seed: number) => initializeWeights(specs, seed);

  it('are the same for the same seed, others for another', () => {
    const [one, again, other] = [start(1), start(1), start(2)];
    for (const name of Object.keys(specs)) assertClose(one[name], again[name], 0);
    assert.notDeepEqual(one['embedding'].arraySync(), other['embedding'].arraySync());
  });

  it('are orthonormal rows where a state feeds back, and 1 at the forget gates', () => {
    const weights = start(1);
    const recurrent = weights['lstm0/forward/recurrent'] as tf.Tensor2D;
    assertClose(tf.matMul(recurrent, recurrent, false, true), tf.eye(6), 1e-5);
    const bias = [0, 1, 0, 0].flatMap((v) => new Array<number>(6).fill(v));
    assertClose(weights['lstm0/backward/bias'], tf.tensor1d(bias), 0);
  });

  it('stay within the limits of Glorot and Bengio', () => {
    const kernel = start(1)['block0/query/kernel'];
    const limit = Math.sqrt(6 / (kernel.shape[0] + (kernel.shape[1] as number)));
    const highest = tf.max(tf.abs(kernel)).dataSync<'float32'>()[0];
    assert.ok(highest <= limit && highest > 0.8 * limit);
  });
});
