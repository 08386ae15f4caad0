import '../../lib/native/backend';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { TrainingOptions } from '../../lib/training/options';
import { nativeTensorCount } from '../../lib/native/backend';
import { keptScores, rankedEpochs, type EpochRecord } from '../../lib/training/record';
import type { TrainingTask } from '../../lib/training/task';
import { train, type TrainingResult } from '../../lib/training/trainer';
import { readTensors } from '../../lib/safetensors';
import { assertClose } from '../helpers/numeric';
import { tinyTask } from '../helpers/training-task';

/** Steps that go on being coarse. */
const rough: Partial<TrainingOptions> = {
  learningRate: 0.5,
  schedule: 'constant',
  warmupSteps: 0,
  epochs: 6,
  patience: 6,
  emaDecay: 0,
  batchSize: 4,
  monitor: 'loss',
};

/** Pictures of which every third has the caption of another kind: with coarse steps the weights sway about. */
function noisyTask(folder: string, options: Partial<TrainingOptions>): TrainingTask {
  const task = tinyTask(folder, options);
  const train = task.train.map(({ image }, i) => ({
    image,
    tokens: task.train[i % 3 === 0 ? i + 1 : i]?.tokens ?? task.train[0].tokens,
  }));
  return { ...task, train };
}

const weightFiles = (folder: string) =>
  fs.readdirSync(folder).filter((name) => name.endsWith('.safetensors')).sort(); // prettier-ignore
const bytesOf = ({ weights }: TrainingResult) =>
  Object.entries(weights).map(([name, w]) => [name, ...w.dataSync<'float32'>()]);

describe('the mean of the best epochs', function () {
  this.timeout(120_000);
  let folder: string;

  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'average-'))));
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const inFolder = (name: string) => path.join(folder, name);

  it('is the mean of their weights, kept where it is no worse than the best, and leaves no files and no tensors', async () => {
    const every: Record<string, tf.Tensor>[] = [];
    // The state in the checkpoint after each epoch, of a training that averages nothing.
    const onEpoch = () => every.push(readTensors(path.join(inFolder('single'), 'last.safetensors')).tensors);
    const single = await train(noisyTask(inFolder('single'), rough), { onEpoch });
    const before = nativeTensorCount();
    const averaged = await train(noisyTask(inFolder('averaged'), { ...rough, averageCheckpoints: 3 }));

    const left = nativeTensorCount() - before;
    const { average } = averaged.record;
    const best = [...single.record.epochs].sort((a, b) => a.validationLoss - b.validationLoss);
    assert.deepEqual(
      average?.epochs,
      best.slice(0, 3).map(({ epoch }) => epoch).sort((a, b) => a - b), // prettier-ignore
    );
    assert.equal(single.record.average, undefined);
    assert.ok(average.kept && average.validationLoss < best[0].validationLoss, JSON.stringify(average));
    assert.deepEqual(keptScores(averaged.record), average);
    Object.entries(averaged.weights).forEach(([name, weight]) => {
      const [a, b, c] = average.epochs.map((epoch) => every[epoch - 1][`weights/${name}`]);
      assertClose(
        weight,
        tf.tidy(() => tf.div(tf.addN([a, b, c]), 3)),
        1e-6,
      );
    });
    assert.equal(left, 0); // TensorFlow does not have the weights that were read yet
    assert.deepEqual(weightFiles(inFolder('averaged')), ['best.safetensors', 'last.safetensors']);
  });

  it('is not kept where it is worse, and the record says so', async () => {
    // Learning goes on to the end: earlier epochs only spoil the last.
    const steady = { ...rough, learningRate: 0.02, averageCheckpoints: 4 };
    const { record, weights } = await train(tinyTask(inFolder('averaged'), steady));
    const alone = await train(tinyTask(inFolder('alone'), { ...steady, averageCheckpoints: 1 }));
    assert.deepEqual([record.best, record.average?.kept], [6, false]);
    assert.ok(record.average!.validationLoss > record.epochs[5].validationLoss);
    assert.deepEqual(keptScores(record), record.epochs[5]);
    assert.deepEqual(bytesOf({ ...alone, weights }), bytesOf(alone));
  });

  it('comes out the same where training was stopped, in an epoch or before the mean was validated', async () => {
    const options = { ...rough, averageCheckpoints: 2 };
    const whole = await train(tinyTask(inFolder('whole'), options));
    for (const at of [20, 36]) {
      const stop = new AbortController();
      let epochs = 0;
      const stopped = await train(tinyTask(inFolder(`at ${at}`), options), {
        signal: stop.signal,
        onStep: ({ step }) => void (at < 36 && step === at && stop.abort()),
        onEpoch: () => void (++epochs === 6 && at === 36 && stop.abort()),
      });
      assert.deepEqual([stopped.stopped, stopped.record.average], [true, undefined]);
      assert.equal(weightFiles(inFolder(`at ${at}`)).length, 4); // two epochs, the best, the checkpoint
      const resumed = await train(tinyTask(inFolder(`at ${at}`), options));
      assert.deepEqual(bytesOf(resumed), bytesOf(whole));
      assert.deepEqual(resumed.record.average, whole.record.average);
    }
    const again = await train(tinyTask(inFolder('whole'), options));
    assert.deepEqual([bytesOf(again), again.record], [bytesOf(whole), whole.record]);
  });

  it('is of the best by CIDEr or by loss, the earlier among equals', () => {
    const epochs = [
      [5, 0.4],
      [3, 0.5],
      [4, 0.5],
      [NaN, 0.1],
    ].map(
      ([validationLoss, CIDEr], i) =>
        ({ epoch: i + 1, validationLoss, scores: { CIDEr } }) as unknown as EpochRecord,
    );
    const order = (by: 'CIDEr' | 'loss') => rankedEpochs({ epochs, best: 0 }, by).map(({ epoch }) => epoch);
    assert.deepEqual(order('CIDEr'), [2, 3, 1, 4]);
    assert.deepEqual(order('loss'), [2, 3, 1, 4]);
    epochs[0].validationLoss = 2;
    assert.deepEqual(order('loss'), [1, 2, 3, 4]);
  });
});
