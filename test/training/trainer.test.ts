import '../../lib/native/backend';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../../lib/errors';
import { nativeTensorCount } from '../../lib/native/backend';
import type { Weights } from '../../lib/captioners/captioner';
import { trainingTable } from '../../lib/plots/tables';
import { curvesOf } from '../../lib/plots/watch-training';
import type { StartProgress } from '../../lib/progress/progress';
import type { TrainingRecord } from '../../lib/training/record';
import type { FeatureSource } from '../../lib/vision/features/source';
import type { TrainingTask } from '../../lib/training/task';
import type { TrainingHooks } from '../../lib/training/hooks';
import { train, type TrainingResult } from '../../lib/training/trainer';
import { readTensors } from '../../lib/safetensors';
import { assertClose } from '../helpers/numeric';
import { randomFeatures, tinyCaptioner, tinyInputs } from '../helpers/tiny-captioner';
import { kindFeatures, tinyTask } from '../helpers/training-task';

const constantRate = { warmupSteps: 0, finalLearningRateFactor: 1 };

/** A tiny cross-attention captioner with dropout on captions of two lengths: all that must be resumed. */
function attentionTask(folder: string): TrainingTask {
  const features: FeatureSource = {
    regions: tinyInputs.regions,
    channels: tinyInputs.channels,
    read: (images) => Promise.resolve(tf.concat(images.map((image) => randomFeatures(1, Number(image))))),
  };
  const captions = [
    [2, 5, 9, 3],
    [2, 7, 11, 4, 8, 6, 3],
  ];
  const examples = Array.from({ length: 20 }, (_, i) => ({ image: String(i + 1), tokens: captions[i % 2] }));
  const changes = {
    captioner: tinyCaptioner({ layers: 1, residual: false, tiedEmbedding: false }),
    dropout: 0.3,
    features,
    train: examples.slice(0, 16),
    validation: examples.slice(16),
    references: Object.fromEntries(examples.slice(16).map(({ image }, i) => [image, [`w${5 + i}`]])),
  };
  return tinyTask(folder, { batchSize: 4 }, changes);
}

/** The record without what a clock tells. */
const untimed = ({ epochs, best, ended }: TrainingRecord) => ({
  best,
  ended,
  epochs: epochs.map(({ epoch, trainLoss, validationLoss, scores, learningRate }) => ({
    epoch,
    trainLoss,
    validationLoss,
    scores,
    learningRate,
  })),
});

const bytesOf = (weights: Weights) =>
  Object.entries(weights).map(([name, w]) => [name, Buffer.from(w.dataSync<'float32'>().slice().buffer)]);

function assertSame(actual: TrainingResult, expected: TrainingResult): void {
  assert.deepEqual(untimed(actual.record), untimed(expected.record));
  assert.deepEqual(bytesOf(actual.weights), bytesOf(expected.weights));
}

describe('training', function () {
  this.timeout(120_000);
  let folder: string;

  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'training-'))));
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const inFolder = (name: string) => path.join(folder, name);
  const last = () => fs.readFileSync(inFolder('last.safetensors'));

  it('of the cross-attention captioner learns the one caption there is', async () => {
    const example = { image: '1', tokens: [2, 5, 9, 4, 3] };
    const task = {
      ...attentionTask(folder),
      captioner: tinyCaptioner({ layers: 1 }),
      dropout: 0,
      train: [example],
      validation: [example],
      references: { 1: ['w5 w9 w4'] },
    };
    task.options = {
      ...task.options,
      ...constantRate,
      labelSmoothing: 0,
      batchSize: 1,
      epochs: 30,
      patience: 99,
    };
    const losses: number[] = [];
    const { record } = await train(task, { onStep: ({ loss }) => losses.push(loss) });
    assert.equal(losses.length, 30);
    assert.ok(losses[0] > 1, `first loss ${losses[0]}`);
    assert.ok(losses[29] < 0.1, `last loss ${losses[29]}`);
    assert.ok(record.epochs[29].validationLoss < 0.1);
    assert.ok(Math.abs(record.epochs[0].trainLoss - losses[0]) < 1e-6);
  });

  it('learns what tells pictures apart, and scores the captions it writes for others', async () => {
    const task = tinyTask(folder, {
      epochs: 12,
      learningRate: 0.2,
      warmupSteps: 9,
      labelSmoothing: 0,
      patience: 12,
    });
    const { record, weights, stopped } = await train(task);
    const [first, best] = [record.epochs[0], record.epochs[record.best - 1]];
    assert.deepEqual([record.ended, stopped, record.epochs.length], ['all epochs', false, 12]);
    assert.ok(
      first.scores.CIDEr < 8 && best.scores.CIDEr > 9.99,
      `CIDEr ${first.scores.CIDEr}, then ${best.scores.CIDEr}`,
    );
    assert.ok(best.scores['BLEU-4'] > 0.99 && best.epoch > 1);
    assert.ok(
      record.epochs[11].validationLoss < 0.1 && record.epochs[11].validationLoss < first.validationLoss,
    );
    assert.deepEqual(
      record.epochs.map(({ epoch }) => epoch),
      Array.from({ length: 12 }, (_, i) => i + 1),
    );
    tf.dispose(weights);
  });

  it('with the same seed gives the same weights, with another seed others', async () => {
    const results = [];
    for (const [name, seed] of [
      ['a', 1],
      ['b', 1],
      ['c', 2],
    ] as const)
      results.push(await train(tinyTask(inFolder(name), { seed })));

    assertSame(results[1], results[0]);
    assert.notDeepEqual(bytesOf(results[2].weights), bytesOf(results[0].weights));
  });

  describe('that was interrupted in the middle of epoch 2', () => {
    const steps = 12; // 3 epochs of 4 batches
    const middle = 6;
    let whole: TrainingResult;
    let wholeFolder: string;

    before(async () => {
      wholeFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'training-whole-'));
      whole = await train(attentionTask(wholeFolder));
      assert.equal(whole.record.epochs.length, 3);
    });
    after(() => fs.rmSync(wholeFolder, { recursive: true }));

    async function goOn(hooks: TrainingHooks = {}): Promise<number[]> {
      const seen: number[] = [];
      const result = await train(attentionTask(folder), { ...hooks, onStep: ({ step }) => seen.push(step) });
      assert.equal(result.stopped, false);
      assertSame(result, whole);
      // What was trained before the stop counts in both.
      for (const { seconds, trainSeconds } of result.record.epochs) assert.ok(seconds >= trainSeconds);
      const [own, other] = [folder, wholeFolder].map(
        (one) => readTensors(path.join(one, 'last.safetensors')).tensors,
      );
      assert.deepEqual(bytesOf(own), bytesOf(other));
      return seen;
    }

    it('by a request to stop goes on at the next step to the same weights', async () => {
      const stop = new AbortController();
      const onStep = ({ step }: { step: number }) => step === middle && stop.abort();
      const stopped = await train(attentionTask(folder), { signal: stop.signal, onStep });
      assert.deepEqual([stopped.stopped, stopped.record.epochs.length], [true, 1]);
      const seen = await goOn();
      assert.deepEqual(
        seen,
        Array.from({ length: steps - middle }, (_, i) => middle + 1 + i),
      );
    });

    it('by a kill goes on after epoch 1 to the same weights, whatever half-written files it left', async () => {
      const crash = ({ step }: { step: number }) => {
        if (step === middle) throw new Error('killed');
      };
      await assert.rejects(train(attentionTask(folder), { onStep: crash }), /killed/);
      fs.writeFileSync(inFolder('last.safetensors.77.partial'), last().subarray(0, 99));
      fs.writeFileSync(inFolder('best.safetensors.77.partial'), 'half');
      const seen = await goOn();
      assert.equal(seen[0], 5);
    });

    it('in its first epoch goes on too', async () => {
      const stop = new AbortController();
      const onStep = ({ step }: { step: number }) => step === 1 && stop.abort();
      const stopped = await train(attentionTask(folder), { signal: stop.signal, onStep });
      assert.deepEqual([stopped.stopped, stopped.record.best, stopped.record.epochs], [true, 0, []]);
      assert.equal((await goOn())[0], 2);
    });
  });

  it('that has ended is not done again', async () => {
    const first = await train(tinyTask(folder));
    const again = await train(tinyTask(folder), { onStep: () => assert.fail('nothing is left to do') });
    assertSame(again, first);
  });

  it('of another fingerprint starts anew', async () => {
    await train(tinyTask(folder));
    const seen: number[] = [];
    const other = tinyTask(folder, { seed: 5 }, { fingerprint: 'two' });
    const result = await train(other, { onStep: ({ step }) => seen.push(step) });
    assert.equal(seen[0], 1);
    assertSame(result, await train({ ...other, folder: inFolder('alone') }));
  });

  it('with a damaged checkpoint is refused in one sentence that names the file', async () => {
    await train(tinyTask(folder, { epochs: 1 }));
    fs.writeFileSync(inFolder('last.safetensors'), last().subarray(0, 500));
    await assert.rejects(train(tinyTask(folder, { epochs: 1 })), (error) => {
      return error instanceof UserError && error.message.startsWith(inFolder('last.safetensors'));
    });
  });

  it('ends where no epoch is better for as long as its patience, and keeps the best weights', async () => {
    const still = { learningRate: 1e-6, ...constantRate }; // too slow to change any caption
    const records: number[] = [];
    const onEpoch = ({ epochs }: TrainingRecord) => records.push(epochs.length);
    const result = await train(tinyTask(inFolder('long'), { ...still, epochs: 9, patience: 2 }), { onEpoch });
    assert.deepEqual(untimed(result.record).ended, 'no better score');
    assert.deepEqual([result.record.best, result.record.epochs.length], [1, 3]);
    assert.deepEqual(records, [1, 2, 3]);
    const first = await train(tinyTask(inFolder('short'), { ...still, epochs: 1 }));
    assert.deepEqual(bytesOf(result.weights), bytesOf(first.weights));
  });

  it('ends when its time is up, also where it was stopped in between', async () => {
    const seconds = 0.9;
    const slow: FeatureSource = {
      ...kindFeatures(),
      read: (ids) => setTimeout(60).then(() => kindFeatures().read(ids)),
    };
    const options = {
      epochs: 99,
      patience: 99,
      maxMinutes: seconds / 60,
      warmupSteps: 1,
      learningRate: 0.05,
    };
    const task = tinyTask(folder, options, { features: slow });
    const stop = new AbortController();
    const onStep = ({ step }: { step: number }) => step === 2 && stop.abort();
    assert.equal((await train(task, { signal: stop.signal, onStep })).stopped, true);
    const { record } = await train(task);
    const last = record.epochs.at(-1)!;
    const whole = record.epochs.reduce((sum, { trainSeconds }) => sum + trainSeconds, 0);
    assert.equal(record.ended, 'time is up');
    assert.ok(whole >= seconds && whole - last.trainSeconds < seconds, `${whole} s`);
    assert.ok(Math.abs(last.learningRate - 0.05 * task.options.finalLearningRateFactor) < 1e-9);
    await train(task, { onStep: () => assert.fail('nothing is left to do') });
  });

  /** Fast, coarse steps: scores go up and down. */
  const rough = { learningRate: 0.3, ...constantRate, epochs: 6, patience: 6, emaDecay: 0, batchSize: 4 };

  it('keeps the epoch with the lowest validation loss where that is what tells the best', async () => {
    const byCider = await train(tinyTask(inFolder('cider'), rough));
    const byLoss = await train(tinyTask(inFolder('loss'), { ...rough, monitor: 'loss' }));
    const { epochs } = byLoss.record;
    const lowest = Math.min(...epochs.map(({ validationLoss }) => validationLoss));
    assert.equal(epochs[byLoss.record.best - 1].validationLoss, lowest);
    const highest = Math.max(...byCider.record.epochs.map(({ scores }) => scores.CIDEr));
    assert.equal(byCider.record.epochs[byCider.record.best - 1].scores.CIDEr, highest);
    assert.deepEqual(untimed(byLoss.record).epochs, untimed(byCider.record).epochs);
    assert.notEqual(byLoss.record.best, byCider.record.best);
    const impatient = await train(
      tinyTask(inFolder('impatient'), { ...rough, monitor: 'loss', patience: 1 }),
    );
    const firstRise = epochs.findIndex(
      ({ validationLoss }, i) => validationLoss >= epochs[i - 1]?.validationLoss,
    );
    assert.deepEqual([impatient.record.epochs.length, impatient.record.best], [firstRise + 1, firstRise]);
  });

  it('halves the learning rate at a plateau, also where it was stopped in between', async () => {
    const plateau = { ...rough, schedule: 'plateau', plateauPatience: 1 } as const;
    const whole = await train(tinyTask(inFolder('whole'), plateau));
    const stop = new AbortController();
    const onStep = ({ step }: { step: number }) => step === 21 && stop.abort();
    await train(tinyTask(inFolder('parts'), plateau), { signal: stop.signal, onStep });
    assertSame(await train(tinyTask(inFolder('parts'), plateau)), whole);
    const rates = whole.record.epochs.map(({ learningRate }) => learningRate);
    assert.ok(
      rates[0] === 0.3 && rates[5] < 0.3 && Number.isInteger(Math.log2(0.3 / rates[5])),
      rates.join(),
    );
  });

  it('runs to the last epoch and keeps it where there are no validation images', async () => {
    const options = { epochs: 5, patience: 1, averageCheckpoints: 2 };
    const task = tinyTask(folder, options, { validation: [], references: {} });
    const notes: string[] = [];
    const progress: StartProgress = () => ({
      update: () => {},
      finish: (note) => void notes.push(note ?? ''),
    });
    const { record, weights } = await train(task, { progress });
    assert.deepEqual([record.ended, record.best, record.average], ['all epochs', 5, undefined]);
    const { tensors } = readTensors(path.join(folder, 'last.safetensors'));
    for (const [name, weight] of Object.entries(weights)) assertClose(weight, tensors[`ema/${name}`], 0);
    for (const note of notes) assert.match(note, /^loss \d\.\d{3}$/);
    const resumed = await train(task);
    assert.deepEqual(bytesOf(resumed.weights), bytesOf(weights));
    for (const epochs of [record, resumed.record]) assert.doesNotMatch(trainingTable(epochs), /NaN|null/);
    assert.equal(curvesOf([{ record: resumed.record, steps: [] }]).validationLoss.length, 0);
    tf.dispose([weights, resumed.weights, tensors]);
  });

  it('says how much memory the process and how many tensors it holds', async () => {
    const { record } = await train(tinyTask(folder));
    for (const { memoryMiB, tensors } of record.epochs) {
      assert.ok(memoryMiB > 50 && memoryMiB < 20_000, `${memoryMiB} MiB`);
      assert.equal(tensors, record.epochs[0].tensors);
    }
  });

  it('keeps the EMA of the weights where there is one', async () => {
    const options = { epochs: 1, ...constantRate };
    const [averaged, plain] = [
      await train(tinyTask(inFolder('a'), { ...options, emaDecay: 0.5 })),
      await train(tinyTask(inFolder('b'), { ...options, emaDecay: 0 })),
    ];
    const { tensors } = readTensors(path.join(folder, 'a', 'last.safetensors'));
    const names = Object.keys(averaged.weights);
    assert.deepEqual(
      Object.keys(tensors),
      ['weights', 'momentum', 'variance', 'ema'].flatMap((part) => names.map((name) => `${part}/${name}`)),
    );
    for (const name of names) {
      assertClose(averaged.weights[name], tensors[`ema/${name}`], 0);
      assertClose(plain.weights[name], tensors[`weights/${name}`], 0); // the EMA does not change training
    }
    assert.notDeepEqual(bytesOf(plain.weights), bytesOf(averaged.weights));
  });

  it('stops where the loss is no number, and keeps the last good checkpoint', async () => {
    const good = kindFeatures();
    let reads = 0;
    const breaking: FeatureSource = {
      ...good,
      read: (ids) => (++reads > 6 ? kindFeatures(NaN) : good).read(ids),
    };
    let kept: Buffer | undefined;
    const onEpoch = () => (kept = last());
    await assert.rejects(train(tinyTask(folder, {}, { features: breaking }), { onEpoch }), (error) => {
      return error instanceof UserError && /^The loss of step \d is NaN/.test(error.message);
    });
    assert.ok(kept !== undefined && last().equals(kept));
    assertSame(await train(tinyTask(folder)), await train(tinyTask(inFolder('whole'))));
  });

  it('stops where the last step of an epoch spoils the weights', async () => {
    const spoiling = tinyTask(folder, { batchSize: 24, ...constantRate });
    spoiling.options.learningRate = Infinity; // finite loss, then weights that are no numbers
    await assert.rejects(train(spoiling), UserError);
    assert.ok(!fs.existsSync(inFolder('last.safetensors')) && !fs.existsSync(inFolder('best.safetensors')));
  });

  it('with a penalty on attention takes no captioner that does not look at regions', async () => {
    await assert.rejects(train(tinyTask(folder, { attentionPenalty: 1 })), (error) => {
      return error instanceof UserError && error.message.startsWith('The option training.attentionPenalty');
    });
    const task = attentionTask(folder);
    task.options = { ...task.options, attentionPenalty: 1, epochs: 1 };
    await train(task);
  });

  it('reads words of its own where it is asked to, the same for the same seed', async () => {
    const results = [];
    for (const [name, scheduledSampling] of [
      ['a', 0.5],
      ['b', 0.5],
      ['c', 0],
    ] as const)
      results.push(await train(tinyTask(inFolder(name), { scheduledSampling })));

    assertSame(results[1], results[0]);
    const losses = results.map(({ record }) => record.epochs[2].trainLoss);
    assert.ok(losses[0] > losses[2], `${losses[0]} with words of its own, ${losses[2]} without`);
  });

  it('works with bfloat16 products', async () => {
    const { record } = await train({ ...attentionTask(folder), precision: 'bfloat16' });
    const losses = record.epochs.map(({ trainLoss }) => trainLoss);
    assert.ok(losses[2] < losses[0], losses.join(' '));
  });

  it('shows how far it is', async () => {
    const shown: string[] = [];
    const progress: TrainingHooks['progress'] = (label, total) => ({
      update: (done, note) => shown.push(`${label}: ${done}/${total} ${note?.replace(/[\d.]+/g, '#')}`),
      finish: (note) => shown.push(`${label} done, ${note?.replace(/[\d.]+/g, '#')}`),
    });
    const epochs: number[] = [];
    await train(tinyTask(folder, { epochs: 1 }), { progress, onStep: ({ epoch }) => epochs.push(epoch) });
    assert.deepEqual(
      shown.slice(0, 3),
      [1, 2, 3].map((done) => `Epoch 1 of 1: ${done}/3 loss #`),
    );
    assert.equal(shown.at(-1), 'Epoch 1 of 1 done, loss #, validation #, BLEU-# #, CIDEr #');
    assert.deepEqual(epochs, [1 / 3, 2 / 3, 1]);
  });

  it('holds as many tensors at every step, and none afterwards', async () => {
    const counts: number[] = [];
    const before = nativeTensorCount();
    const task = tinyTask(folder, { epochs: 4, labelSmoothing: 0 });
    const { weights } = await train(task, { onStep: () => counts.push(nativeTensorCount()) });
    assert.equal(new Set(counts.slice(1)).size, 1, counts.join(' '));
    tf.dispose(weights);
    assert.equal(nativeTensorCount(), before);
  });
});
