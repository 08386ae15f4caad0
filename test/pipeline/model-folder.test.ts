import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Overrides } from '../../lib/config/types';
import { captionerOf, configure } from '../../lib/config/configuration';
import { DivergedError } from '../../lib/errors';
import { lockFolder } from '../../lib/files/folder-lock';
import type { ModelRecord } from '../../lib/model/format';
import { refuseEarly } from '../../lib/pipeline/model-folder';
import { prepare, type Prepared } from '../../lib/pipeline/prepare';
import { trainCaptioner, type TrainedModel, type TrainOptions } from '../../lib/pipeline/train';
import type { TrainingHooks } from '../../lib/training/hooks';
import { assertUserError } from '../helpers/user-error';

const PROJECT = path.resolve(__dirname, '..', '..');
const base: Overrides = {
  preset: 'tiny',
  data: { limit: 12 },
  captioner: { name: 'show-and-tell', units: 5 },
  encoder: { encoder: 'efficientnet-lite0', precision: 'float32' },
  training: { epochs: 1, batchSize: 30 },
};

describe('the folder of a trained model', function () {
  this.timeout(120_000);
  let home: string;
  let prepared: Prepared;
  let folder: string;
  let count = 0;

  before(async () => {
    home = fs.mkdtempSync(path.join(os.tmpdir(), 'model-folder-'));
    process.chdir(home);
    prepared = await prepare(configure(base));
  });
  after(() => {
    prepared.features.close();
    prepared.encoder.dispose();
    process.chdir(PROJECT);
    fs.rmSync(home, { recursive: true });
  });
  beforeEach(() => (folder = `models/m${++count}`));

  /** Trains with other options than `base`, and tells what was noted and how many steps were done. */
  async function run(
    changes: Overrides = {},
    options: TrainOptions = {},
    hooks: TrainingHooks = {},
    from = prepared,
  ): Promise<TrainedModel & { notes: string[]; steps: number }> {
    const notes: string[] = [];
    let steps = 0;
    const configuration = configure({
      ...base,
      ...changes,
      captioner: { ...captionerOf(base), ...captionerOf(changes) },
      training: { ...base.training, ...changes.training },
      model: folder,
    });
    const own = { onNote: (note: string) => void notes.push(note), onStep: () => void steps++ };
    const trained = await trainCaptioner(configuration, from, { ...own, ...hooks }, options);
    tf.dispose(trained.model?.weights ?? {});
    return { ...trained, notes, steps };
  }
  const recordIn = (where: string) =>
    JSON.parse(fs.readFileSync(path.join(where, 'model.json'), 'utf8')) as ModelRecord;
  const filesIn = (where: string) =>
    fs
      .readdirSync(where, { recursive: true, encoding: 'utf8' })
      .filter((name) => fs.statSync(path.join(where, name)).isFile())
      .map((name) => [name, fs.readFileSync(path.join(where, name)).toString('base64')]);

  it('is left as it is by a training with other options, whichever they are', async () => {
    await run();
    const before = filesIn(folder);
    const others: [Overrides, RegExp][] = [
      [
        { captioner: { units: 6 } },
        /holds another model: units \(5, now 6\): name another folder with --model, or .*--overwrite\.$/,
      ],
      [{ captioner: { dropout: 0.4 } }, /dropout \(0\.3, now 0\.4\)/],
      [{ training: { learningRate: 1e-4 } }, /learningRate \(.*, now 0\.0001\)/],
      [{ training: { seed: 7 } }, /seed \(1, now 7\)/],
      [{ training: { monitor: 'loss' } }, /monitor \(CIDEr, now loss\)/],
      [{ decoding: { beamWidth: 2 } }, /decoding of validation captions/],
    ];
    for (const [changes, sentence] of others) await assertUserError(run(changes), sentence);
    assert.deepEqual(filesIn(folder), before);
    // What options alone tell is refused before any data is prepared.
    const { training, ...same } = { ...base, model: folder };
    refuseEarly(configure({ ...same, training }), 'refuse');
    const other = configure({ ...same, training: { ...training, seed: 7 } });
    await assertUserError(() => refuseEarly(other, 'refuse'), /holds another model: seed \(1, now 7\)/);
    refuseEarly(other, 'overwrite');
    assert.equal((await run()).steps, 0);
  });

  it('is another one for other options where that is asked for, and the first stays', async () => {
    await run();
    const before = recordIn(folder);
    const other = await run({ captioner: { units: 6 } }, { ifAnother: 'own folder' });
    assert.match(other.folder, new RegExp(`^${folder}-show-and-tell-[0-9a-f]{6}$`));
    assert.match(
      other.notes.join(),
      /m\d+ holds another model: units \(5, now 6\): this one is kept in models/,
    );
    assert.deepEqual(recordIn(folder), before);
    // Back to the first options, and again to the others: nothing is trained again.
    for (const units of [5, 6])
      assert.equal((await run({ captioner: { units } }, { ifAnother: 'own folder' })).steps, 0);
  });

  it('is replaced where that is asked for, and why is said', async () => {
    await run();
    const { notes, steps } = await run({ captioner: { units: 6 } }, { ifAnother: 'overwrite' });
    assert.match(
      notes.join(),
      /^Starting anew; the old model will be replaced, since .*units \(5, now 6\)\.$/,
    );
    assert.ok(steps > 0);
    assert.equal((recordIn(folder).captioner as { units: number }).units, 6);
  });

  it('starts anew where fewer epochs replace more, and says so where it goes on from older checkpoints', async () => {
    const three = await run({ training: { epochs: 3 } });
    const replace = { ifAnother: 'overwrite' } as const;
    const one = await run({}, replace);
    assert.match(one.notes.join(), /^Starting anew; .*epochs \(3, now 1\)\.$/);
    assert.deepEqual([3 * one.steps, one.record.epochs.length], [three.steps, 1]);
    assert.deepEqual([recordIn(folder).training['record']], [JSON.parse(JSON.stringify(one.record))]);
    await run({ captioner: { units: 6 } }, replace);
    const back = await run({}, replace);
    assert.match(
      back.notes.join(),
      /^Going on from the checkpoints of this training; .*units \(6, now 5\)\.$/,
    );
    assert.equal(back.steps, 0);
  });

  it('goes on with more epochs where the training had ended', async () => {
    const one = await run();
    const more = await run({ training: { epochs: 3 } });
    assert.match(more.notes.join(), /^Going on after epoch 1 in .*epochs \(1, now 3\)\.$/);
    assert.equal(more.steps, 2 * one.steps);
    assert.deepEqual(more.record.epochs[0], one.record.epochs[0]);
    assert.deepEqual([more.record.epochs.length, more.record.ended], [3, 'all epochs']);
    await assertUserError(run(), /epochs \(3, now 1\)/);
  });

  it('goes on with CIDEr optimization, and does not mix up two kinds of it', async () => {
    await run();
    const cider = { scstEpochs: 2, scstBatchSize: 16, scstSamples: 2 };
    const { notes, scstRecord } = await run({ training: cider });
    assert.match(notes.join(), /Going on after epoch 1 .*scstEpochs \(0, now 2\)/);
    assert.equal(scstRecord?.epochs.length, 2);
    await assertUserError(run({ training: { ...cider, scstSamples: 3 } }), /scstSamples \(2, now 3\)/);
    // Less of it is another model, of which the first stage stays.
    const less = await run({ training: { ...cider, scstEpochs: 1 } }, { ifAnother: 'overwrite' });
    assert.match(less.notes.join(), /^CIDEr optimization starts anew; .*scstEpochs \(2, now 1\)\.$/);
    assert.equal(less.scstRecord?.epochs.length, 1);
  });

  it('without its checkpoints still is the finished model, and can not go on', async () => {
    const first = await run();
    fs.rmSync(path.join(folder, 'training'), { recursive: true });
    const again = await run();
    assert.deepEqual([again.steps, again.record], [0, first.record]);
    await assertUserError(
      run({ training: { epochs: 2 } }),
      /holds this model, but no checkpoint to go on from/,
    );
  });

  it('finds its own checkpoint after another training there was stopped', async () => {
    const stopAt = (steps: number, epochs: number, units: number) => {
      const stop = new AbortController();
      let done = 0;
      const onStep = () => ++done === steps && stop.abort();
      return run(
        { captioner: { units }, training: { epochs, batchSize: 5 } },
        {},
        { signal: stop.signal, onStep },
      );
    };
    assert.ok((await stopAt(2, 1, 5)).stopped);
    assert.ok((await stopAt(1, 1, 6)).stopped);
    const seen: number[] = [];
    await run({ training: { batchSize: 5 } }, {}, { onStep: ({ step }) => seen.push(step) });
    assert.equal(seen[0], 3);
  });

  it('that comes with the project is never written to, even where that is asked for', async () => {
    await run();
    const file = path.join(folder, 'model.json');
    fs.writeFileSync(file, JSON.stringify({ ...recordIn(folder), shipped: true }));
    const before = filesIn(folder);
    for (const ifAnother of ['refuse', 'overwrite'] as const) {
      await assertUserError(
        run({ training: { epochs: 2 } }, { ifAnother }),
        /comes with the project.*--model\.$/,
      );
    }
    assert.deepEqual(filesIn(folder), before);
    const own = await run({}, { ifAnother: 'own folder' });
    assert.notEqual(own.folder, folder);
  });

  it('is refused while another process trains there', async () => {
    const script = `require(${JSON.stringify(path.join(PROJECT, 'lib/files/folder-lock.ts'))}).lockFolder(${JSON.stringify(path.resolve(folder))}, "a training").then(() => { console.log("got it"); setInterval(() => {}, 1000); })`;
    const child = spawn(process.execPath, ['--import', 'tsx', '-e', script], { cwd: PROJECT });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await assertUserError(run(), new RegExp(`in use by a training \\(process ${child.pid} `));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    assert.ok((await run()).steps > 0);
    (await lockFolder(folder, 'a test')).release(); // the training gave it back
  });

  it('holds nothing of a training that diverged at once, and the best epoch of one that did later', async () => {
    const wild = { learningRate: 1000, warmupSteps: 0, epochs: 4 };
    await assert.rejects(run({ training: wild }), (error) => {
      return (
        error instanceof DivergedError &&
        /^The .* is [^:]*: the training has diverged, lower the learning rate\.$/.test(error.message)
      );
    });
    assert.ok(!fs.existsSync(folder));
    let epochs = 0;
    const features = prepared.features;
    const spoiled = Object.assign(Object.create(features) as typeof features, {
      read: async (ids: string[]) => {
        const read = await features.read(ids);
        return epochs < 2 ? read : tf.tidy(() => tf.mul(read, NaN));
      },
    });
    const hooks = { onEpoch: () => void epochs++ };
    const { diverged, model, record } = await run({ training: { epochs: 4 } }, {}, hooks, {
      ...prepared,
      features: spoiled,
    });
    assert.match(diverged ?? '', /has diverged.*the last good checkpoint is in models/);
    assert.ok(record.best > 0 && model !== undefined);
    assert.deepEqual(recordIn(folder).training['record'], JSON.parse(JSON.stringify(record)));
  });
});
