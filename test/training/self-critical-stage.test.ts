import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Captioner } from '../../lib/captioners/captioner';
import { withTemperature } from '../../lib/captioners/temperature';
import { nativeTensorCount } from '../../lib/native/backend';
import { captionLoss } from '../../lib/ops/loss';
import { advantagesOf, SelfCriticalStage } from '../../lib/training/self-critical-stage';
import { CaptionSampler } from '../../lib/training/caption-sampler';
import { batchLoss } from '../../lib/training/step';
import { trainSelfCritical, train } from '../../lib/training/trainer';
import { trainStages } from '../../lib/pipeline/training-stages';
import { END, START } from '../../lib/tokenizer';
import { bigramCaptioner } from '../helpers/bigram-captioner';
import { assertClose } from '../helpers/numeric';
import { tinyTask } from '../helpers/training-task';

describe('CIDEr optimization', () => {
  let folder: string;
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cider-'))));
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it('takes the mean of the other captions of the same image as baseline', () => {
    assert.deepEqual(advantagesOf([1, 2, 3, 0, 0, 6], 3), [-1.5, 0, 1.5, -3, -3, 6]);
  });

  /** A bigram captioner's weights: A with 0.7 and B with 0.3 after START; after A the end, after B another B. */
  const [A, B, vocabSize] = [4, 5, 6];
  const bigrams = () => {
    const next = tf.buffer([vocabSize, vocabSize], 'float32').values.fill(-30);
    next[START * vocabSize + A] = Math.log(0.7);
    next[START * vocabSize + B] = Math.log(0.3);
    next[A * vocabSize + END] = next[B * vocabSize + B] = 0;
    return { next: tf.tensor2d(next, [vocabSize, vocabSize]), seen: tf.zeros([vocabSize]) };
  };
  const shareOfA = (captions: number[][]) => captions.filter(([word]) => word === A).length / captions.length;

  it('draws captions as often as they are likely, each up to its end', async () => {
    const weights = bigrams();
    const sampler = new CaptionSampler(bigramCaptioner(vocabSize), { samples: 2000, maxLength: 3 });
    const draw = (seed: [number, number]) => sampler.sample(weights, tf.zeros([1, 1, 1]), seed);
    const captions = await draw([3, 4]);
    const before = nativeTensorCount();
    const share = shareOfA(captions);
    assert.ok(Math.abs(share - 0.7) < 0.04, `${share} instead of 0.7`);
    for (const caption of captions) assert.deepEqual(caption, caption[0] === A ? [A, END] : [B, B, B]);
    assert.deepEqual(await draw([3, 4]), captions);
    assert.notDeepEqual(await draw([3, 5]), captions);
    sampler.dispose();
    assert.equal(nativeTensorCount() - before, 2); // the features of two draws
  });

  it('draws more of what is likely at a low temperature', async () => {
    const captioner = withTemperature(bigramCaptioner(vocabSize), 0.5);
    const sampler = new CaptionSampler(captioner, { samples: 2000, maxLength: 3 });
    const share = shareOfA(await sampler.sample(bigrams(), tf.zeros([1, 1, 1]), [3, 4]));
    const expected = 0.7 ** 2 / (0.7 ** 2 + 0.3 ** 2);
    assert.ok(Math.abs(share - expected) < 0.03, `${share} instead of ${expected}`);
    sampler.dispose();
  });

  it('learns at the temperature at which it draws', async () => {
    const task = tinyTask(folder, { epochs: 1, learningRate: 0.02 });
    const { weights } = await train(task);
    const images = Object.keys(task.trainReferences).length;
    const options = { ...task.options, scstEpochs: 1, scstBatchSize: images };
    const own = { ...task, options, folder: path.join(folder, 'own') };
    const stage = new SelfCriticalStage(own);
    assert.equal(stage.stepsPerEpoch, 1);
    const { batch } = await stage.stepData(1, 0, weights);
    const lossOf = (captioner: Captioner) => batchLoss(captioner, weights, batch, 0).dataSync()[0];
    const { record } = await trainSelfCritical(own, weights);
    const difference = (captioner: Captioner) => Math.abs(lossOf(captioner) - record.epochs[0].trainLoss);
    assert.ok(difference(stage.captioner) < 1e-5, `${difference(stage.captioner)}`);
    assert.ok(difference(task.captioner) > 1e-3, `${difference(task.captioner)}`);
    stage.dispose();
  });

  it('weighs words by their advantage, over all positions that count', () => {
    const logits = tf.randomNormal<tf.Rank.R2>([4, 5], 0, 1, 'float32', 1);
    const targets = tf.tensor1d([1, 2, 3, 4], 'int32');
    const weights = tf.tensor1d([2, -1, 0, 0]);
    const logProbabilities = tf.logSoftmax(logits).arraySync() as number[][];
    const expected = (-2 * logProbabilities[0][1] + logProbabilities[1][2]) / 2;
    assertClose(captionLoss(logits, targets, weights, 0), tf.scalar(expected), 1e-5);
  });

  it('raises the reward and the score of a half-trained captioner, and can be resumed', async () => {
    const task = tinyTask(path.join(folder, 'first'), { epochs: 1, learningRate: 0.02 });
    const first = await train(task);
    const options = { ...task.options, scstEpochs: 12, scstBatchSize: 12, scstLearningRate: 0.1 };
    const second = (name: string) => ({ ...task, options, folder: path.join(folder, name) });
    const whole = await trainSelfCritical(second('whole'), first.weights);
    const { epochs } = whole.record;
    assert.ok(
      epochs[epochs.length - 1].reward! > 1.5 * epochs[0].reward!,
      JSON.stringify(epochs.map((e) => e.reward)),
    );
    const stop = new AbortController();
    const hooks = {
      signal: stop.signal,
      onStep: ({ step }: { step: number }) => step === 5 && stop.abort(),
    };
    const stopped = await trainSelfCritical(second('parts'), first.weights, hooks);
    assert.ok(stopped.stopped);
    const resumed = await trainSelfCritical(second('parts'), first.weights);
    for (const [name, weight] of Object.entries(whole.weights))
      assert.deepEqual(resumed.weights[name].dataSync(), weight.dataSync());
  });

  it('leaves no tensors behind', async () => {
    const task = tinyTask(folder);
    const stage = new SelfCriticalStage({
      ...task,
      options: { ...task.options, scstEpochs: 1, scstBatchSize: 4 },
    });
    const { weights } = await train(task);
    tf.dispose((await stage.stepData(1, 0, weights)).batch);
    const before = nativeTensorCount();
    for (const index of [1, 2, 3]) tf.dispose((await stage.stepData(1, index, weights)).batch);
    assert.equal(nativeTensorCount(), before);
    stage.dispose();
  });

  it('that diverges leaves the captioner as cross-entropy had trained it, and says why', async () => {
    const diverging = { scstEpochs: 2, scstLearningRate: 1e9 };
    const { diverged, weights, record, scstRecord } = await trainStages(tinyTask(folder, diverging), {});
    assert.match(diverged ?? '', /^The .* is .*: the training has diverged, lower the learning rate/);
    assert.ok(record.epochs.length === 3 && scstRecord === undefined);
    const expected = await train(tinyTask(path.join(folder, 'alone')), {});
    for (const [name, weight] of Object.entries(expected.weights)) assertClose(weights[name], weight, 1e-6);
    tf.dispose([weights, expected.weights]);
  });
});
