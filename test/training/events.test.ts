import '../../lib/native/backend';
import assert from 'node:assert/strict';
import type { EpochRecord } from '../../lib/training/record';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { nativeTensorCount } from '../../lib/native/backend';
import { EventFile } from '../../lib/native/event-files';
import type { TrainingRecord } from '../../lib/training/record';
import { train } from '../../lib/training/trainer';
import { tinyTask } from '../helpers/training-task';

const PYTHON = path.join(__dirname, '..', '..', '.venv', 'bin', 'python');
const SCRIPT = path.join(__dirname, 'event_files.py');

type Scalar = [step: number, tag: string, value: number];

/** What TensorFlow in Python reads from the files of each folder, those written first first. */
function read(folders: string[]): Scalar[][][] {
  const text = execFileSync(PYTHON, [SCRIPT, ...folders], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return JSON.parse(text) as Scalar[][][];
}

describe('events for TensorBoard', function () {
  this.timeout(120_000);
  let folder: string;
  let written: Scalar[][][];
  let record: TrainingRecord;
  const losses: number[] = [];

  // All is written first and read in one go: Python takes its time to start.
  before(async function () {
    if (!fs.existsSync(PYTHON)) this.skip();
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'events-'));
    const [one, two, stopped, other] = ['one', 'two', 'stopped', 'other'].map((name) =>
      path.join(folder, name),
    );

    const tensors = nativeTensorCount();
    const files = [new EventFile(one), new EventFile(two)];
    files[0].scalar('loss', 0.5, 3);
    files[1].scalar('speed', 7, 2 ** 33);
    files[0].scalar('loss', -0.25, 4);
    for (const file of files) file.close();
    assert.equal(nativeTensorCount(), tensors);

    const task = () => tinyTask(stopped, { epochs: 6, patience: 6, batchSize: 4 }); // 6 steps an epoch
    const stop = new AbortController();
    const onStep = ({ step, loss }: { step: number; loss: number }) => {
      losses.push(loss);
      if (step === 15) stop.abort();
    };
    await train(task(), { signal: stop.signal, onStep });
    ({ record } = await train(task(), { onStep }));
    await train(task(), { onStep: () => assert.fail('nothing is left to do') });

    await train(tinyTask(other, { epochs: 1 }));
    await train(tinyTask(other, { epochs: 2 }, { fingerprint: 'two' }));
    written = read([one, two, path.join(stopped, 'events'), path.join(other, 'events')]);
  });
  after(() => folder && fs.rmSync(folder, { recursive: true }));

  it('are read by TensorFlow as they were written', () => {
    const [one, two] = written;
    assert.deepEqual(one, [
      [
        [3, 'loss', 0.5],
        [4, 'loss', -0.25],
      ],
    ]);
    assert.deepEqual(two, [[[2 ** 33, 'speed', 7]]]);
  });

  it('of a training hold its losses and scores, in a second file from where it was stopped', () => {
    const files = written[2];
    assert.equal(files.length, 2);
    assert.ok(files[0].every(([step]) => step <= 12) && files[1].every(([step]) => step > 12));
    const assertCurve = (tag: string, expected: [step: number, value: number][]) => {
      const found = files.flat().filter(([, name]) => name === tag);
      const steps = found.map(([step]) => step);
      assert.deepEqual(
        steps,
        expected.map(([step]) => step),
        tag,
      );
      found.forEach(([, , value], i) => {
        assert.ok(Math.abs(value - expected[i][1]) <= 1e-6 * Math.abs(value), `${tag} ${value}`);
      });
    };
    assertCurve('step/loss', [10, 20, 30].map((step) => [step, losses[step - 1]])); // prettier-ignore
    const curves: Record<string, (epoch: EpochRecord) => number> = {
      'loss/training': ({ trainLoss }) => trainLoss,
      'loss/validation': ({ validationLoss }) => validationLoss,
      'score/BLEU-4': ({ scores }) => scores['BLEU-4'],
      'score/CIDEr': ({ scores }) => scores.CIDEr,
      'learning rate': ({ learningRate }) => learningRate,
      'speed/captions per second': ({ captionsPerSecond }) => captionsPerSecond,
      'memory/MiB': ({ memoryMiB }) => memoryMiB,
      'memory/tensors': ({ tensors }) => tensors,
    };
    for (const [tag, valueOf] of Object.entries(curves)) {
      assertCurve(
        tag,
        record.epochs.map((epoch) => [6 * epoch.epoch, valueOf(epoch)]),
      );
    }
  });

  it('of another training in the same folder are removed', () => {
    const files = written[3];
    assert.equal(files.length, 1);
    assert.equal(files[0].filter(([, tag]) => tag === 'score/CIDEr').length, 2);
  });
});
