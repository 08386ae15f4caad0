import '../../lib/native/backend';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import type { Captioner } from '../../lib/captioners/captioner';
import { initializeWeights } from '../../lib/captioners/initialize';
import { nativeTensorCount } from '../../lib/native/backend';
import { compile } from '../../lib/native/graph/compile';
import { withScheduledSampling } from '../../lib/training/scheduled-sampling';
import { initialOptimizerState, ratesAsTensors, stepRates } from '../../lib/training/optimizer';
import { trainingStep } from '../../lib/training/step';
import { bigramCaptioner } from '../helpers/bigram-captioner';

/** Says after word w: word w + 10 surely, or else words 20, 21 and 22 with probabilities 0.5, 0.3 and 0.2. */
function sayer(surely: boolean): Captioner {
  const chances = tf.log(tf.tensor1d([...new Array<number>(20).fill(1e-9), 0.5, 0.3, 0.2]));
  return {
    ...bigramCaptioner(23),
    specs: {},
    forward: (_, __, tokens) => ({
      logits: surely
        ? (tf.mul(tf.oneHot(tf.add(tokens, tf.scalar(10, 'int32')), 23), 1e3) as tf.Tensor3D)
        : tf.add(tf.zeros([...tokens.shape, 23]), chances),
    }),
  };
}

const ROWS = 400;
const tokens = tf.tile(tf.tensor2d([[2, 4, 5, 6]], undefined, 'int32'), [ROWS, 1]);

function mixed(captioner: Captioner, share: number, seed = 1): number[][] {
  const inputs = {
    features: tf.zeros<tf.Rank.R3>([ROWS, 1, 1]),
    tokens,
    seed: tf.tensor1d([seed, 0], 'int32'),
  };
  return withScheduledSampling(captioner, {}, inputs, tf.scalar(share)).arraySync();
}

const shareOf = (all: number[][], column: number, word: number) =>
  all.filter((row) => row[column] === word).length / all.length;

describe('sampled words', () => {
  it('leave the caption as it is at a share of 0', () => {
    assert.deepEqual(mixed(sayer(true), 0), tokens.arraySync());
  });

  it('at a share of 1 are all words but the first, each what would be said after the word before', () => {
    assert.deepEqual(mixed(sayer(true), 1), new Array(ROWS).fill([2, 12, 14, 15]));
  });

  it('take the places of as many words as the share says, drawn as likely as they are', () => {
    const some = mixed(sayer(true), 0.3);
    assert.ok(some.every((row) => row[0] === 2));
    [12, 14, 15].forEach((word, i) => {
      const share = shareOf(some, i + 1, word);
      assert.ok(Math.abs(share - 0.3) < 0.08, `${share} of column ${i + 1}`);
    });
    const all = mixed(sayer(false), 1);
    [0.5, 0.3, 0.2].forEach((chance, i) => {
      const share = shareOf(all, 2, 20 + i);
      assert.ok(Math.abs(share - chance) < 0.08, `${share} of word ${20 + i}`);
    });
  });

  it('come from the seed', () => {
    assert.deepEqual(mixed(sayer(false), 0.5), mixed(sayer(false), 0.5));
    assert.notDeepEqual(mixed(sayer(false), 0.5), mixed(sayer(false), 0.5, 2));
  });

  it('take part in one graph for every share; the words to be learned stay those of the caption', () => {
    const captioner = bigramCaptioner(7);
    const options = { clipNorm: 1, labelSmoothing: 0, weightDecay: 0, emaDecay: 0, dropout: 0.3 };
    const plain = compile(trainingStep(captioner, options));
    const sampling = compile(trainingStep(captioner, { ...options, scheduledSampling: 1 }));
    const before = nativeTensorCount();
    tf.tidy(() => {
      const state = initialOptimizerState(initializeWeights(captioner.specs, 1), options);
      const lossAt = (step: typeof plain, scheduledSampling: number) => {
        const batch = {
          features: tf.ones<tf.Rank.R3>([2, 1, 1]),
          tokens: tf.tensor2d([2, 4, 5, 2, 6, 4], [2, 3], 'int32'),
          targets: tf.tensor2d([4, 5, 3, 6, 4, 3], [2, 3], 'int32'),
          lossWeights: tf.ones<tf.Rank.R2>([2, 3]),
          seed: tf.tensor1d([1, 1], 'int32'),
          rates: ratesAsTensors(stepRates({ learningRate: 0.1, step: 0, emaDecay: 0, scheduledSampling })),
        };
        return step({ state, batch }).loss.dataSync<'float32'>()[0];
      };
      assert.equal(lossAt(sampling, 0), lossAt(plain, 0));
      assert.notEqual(lossAt(sampling, 1), lossAt(plain, 0));
      assert.equal(sampling.graphs, 1);
    });
    assert.equal(nativeTensorCount(), before);
    plain.dispose();
    sampling.dispose();
  });
});
