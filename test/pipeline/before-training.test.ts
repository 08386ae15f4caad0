import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { configure } from '../../lib/config/configuration';
import { END, PAD, START, Tokenizer } from '../../lib/tokenizer';
import { nativeTensorCount } from '../../lib/native/backend';
import { firstBatch, lossBeforeTraining, untrainedCaptioner } from '../../lib/pipeline/before-training';
import type { Prepared } from '../../lib/pipeline/prepare';
import { batchTable } from '../../lib/plots/batch-table';

const captions: Record<string, string[]> = {
  'a.jpg': ['a red dog runs', 'the dog'],
  'b.jpg': ['two cats sleep on the grass', 'a cat'],
};
const ids = Object.keys(captions);

/** Two training images with random features. */
function preparedData(): Prepared {
  const tokenizer = Tokenizer.fit(Object.values(captions).flat(), { minFrequency: 1, maxVocabSize: 100 });
  const read = (images: readonly string[]) =>
    Promise.resolve(tf.randomNormal([images.length, 4, 6], 0, 1, 'float32', 1));
  return {
    dataset: { splits: { train: ids, validation: [], test: [] } },
    images: new Map(ids.map((id) => [id, { id, file: id, captions: captions[id] }])),
    tokenizer,
    encoder: { name: 'test', endPoint: 'top', grid: [2, 2], regions: 4, channels: 6 },
    features: { regions: 4, channels: 6, read },
  } as unknown as Prepared;
}

describe('before training', () => {
  const prepared = preparedData();
  const { tokenizer } = prepared;
  const configuration = configure({ preset: 'tiny', training: { captionsPerImage: 2, batchSize: 8 } }, {});

  it('the first batch goes in from the start and comes out one step later, up to the end', () => {
    const batch = firstBatch(configuration, prepared);
    const { tokens, targets, lossWeights, rows, steps } = batch;
    for (let row = 0; row < rows; row++) {
      const [from, to] = [row * steps, (row + 1) * steps];
      const length = lossWeights.slice(from, to).reduce((sum, x) => sum + x, 0);
      if (length === 0) continue;
      assert.equal(tokens[from], START);
      assert.equal(targets[from + length - 1], END);
      assert.deepEqual(targets.slice(from, from + length - 1), tokens.slice(from + 1, from + length));
      assert.ok(targets.slice(from + length, to).every((id) => id === PAD));
    }
    const table = batchTable(batch, tokenizer).split('\n');
    assert.equal(table[0], '| image | ids in | ids out | mask | ids out as words |');
    const cells = table.slice(2).map((line) => line.split(' | '));
    assert.ok(cells.length > 0 && cells.length <= 4);
    for (const line of cells) {
      const words = line[4].replace(/ \|$/, '');
      assert.ok(captions[line[0].slice(2)].includes(words), `${line[0]}: ${words}`);
      assert.equal(line[1].split(' ').length, steps);
      assert.equal(line[3].split(' ').filter((x) => x === '1').length, words.split(' ').length + 1);
    }
    assert.equal(batchTable(batch, tokenizer, 1).split('\n').length, 3);
  });

  it('the loss is near the logarithm of the size of the vocabulary', async () => {
    const batch = firstBatch(configuration, prepared);
    await lossBeforeTraining(configuration, prepared, batch);
    const before = nativeTensorCount();
    const { loss, uniform } = await lossBeforeTraining(configuration, prepared, batch);
    assert.equal(nativeTensorCount(), before);
    assert.equal(uniform, Math.log(tokenizer.size));
    assert.ok(loss > 0.7 * uniform && loss < 1.3 * uniform, `loss ${loss}, uniform ${uniform}`);
  });

  it('the captioner fits encoder and vocabulary', () => {
    const { captioner, inputs } = untrainedCaptioner(configuration, prepared);
    assert.deepEqual(inputs, { regions: 4, channels: 6, vocabSize: tokenizer.size });
    assert.deepEqual(captioner.specs['regions/place'].shape[0], 4);
  });
});
