import '../../lib/native/backend';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import type { WeightSpec } from '../../lib/captioners/captioner';
import { weightsForNewWords } from '../../lib/model/new-words';

describe('weights for new words', () => {
  const known = 20;
  const spec = (shape: number[]): WeightSpec => ({ shape, initializer: 'zeros' });
  const specs = { embedding: spec([23, 4]), kernel: spec([4, 23]), bias: spec([23]), other: spec([5]) };
  const before = {
    embedding: tf.randomNormal([known, 4], 2, 0.5, 'float32', 1),
    kernel: tf.randomNormal([4, known], -1, 0.5, 'float32', 2),
    bias: tf.tensor1d(Array.from({ length: known }, (_, i) => -i)), // rarer words are less likely
    other: tf.tensor1d([1, 2, 3, 4, 5]),
  };

  it('leave those of known words as they are', () => {
    const after = weightsForNewWords(before, specs, known, 1);
    assert.deepEqual(after['embedding'].slice([0, 0], [known, 4]).arraySync(), before.embedding.arraySync());
    assert.deepEqual(after['kernel'].slice([0, 0], [4, known]).arraySync(), before.kernel.arraySync());
    assert.deepEqual(after['bias'].slice(0, known).arraySync(), before.bias.arraySync());
    assert.deepEqual(after['other'].arraySync(), before.other.arraySync());
    for (const [name, { shape }] of Object.entries(specs)) assert.deepEqual(after[name].shape, shape);
  });

  it('are near the mean of the known vectors, each another, along either axis', () => {
    const after = weightsForNewWords(before, specs, known, 1);
    const rows = after['embedding'].slice([known, 0]).arraySync() as number[][];
    const columns = after['kernel'].slice([0, known]).transpose().arraySync() as number[][];
    const means = [before.embedding.mean(0), before.kernel.mean(1)].map((one) => one.arraySync() as number[]);
    [rows, columns].forEach((vectors, i) => {
      assert.equal(new Set(vectors.map(String)).size, 3);
      for (const vector of vectors)
        vector.forEach((x, j) => assert.ok(Math.abs(x - means[i][j]) < 0.3, `${x} ${means[i][j]}`));
    });
  });

  it('are as unlikely as the rarest tenth of the words', () => {
    const after = weightsForNewWords(before, specs, known, 1);
    assert.deepEqual(after['bias'].slice(known).arraySync(), [-18.5, -18.5, -18.5]); // the mean of -18 and -19
  });

  it('are the same for the same seed', () => {
    const [one, same, other] = [1, 1, 2].map(
      (seed) => weightsForNewWords(before, specs, known, seed)['embedding'],
    );
    assert.deepEqual(one.arraySync(), same.arraySync());
    assert.notDeepEqual(one.arraySync(), other.arraySync());
  });
});
