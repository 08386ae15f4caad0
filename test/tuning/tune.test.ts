import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Papa from 'papaparse';
import sharp from 'sharp';
import { command as tuneCommand } from '../../lib/commands/tune';
import { mainOf } from '../../lib/commands/support/command';
import type { Overrides } from '../../lib/config/types';
import { registerMetric } from '../../lib/metrics/registry';
import { nativeTensorCount } from '../../lib/native/backend';
import { loadModel } from '../../lib/model/saved-model';
import { tune, type TuneHooks, type TuneOptions } from '../../lib/tuning/tune';
import { readResults } from '../../lib/tuning/results';
import { runCommand } from '../helpers/run-command';
import { assertUserError } from '../helpers/user-error';

const main = mainOf(tuneCommand);

const PROJECT = path.resolve(__dirname, '..', '..');
const base: Overrides = {
  preset: 'tiny',
  data: { limit: 12 },
  captioner: { name: 'show-and-tell' }, // quick to compile
  encoder: { encoder: 'efficientnet-lite0', precision: 'float32' },
  training: { epochs: 2, batchSize: 30 },
};
const flags = '--preset tiny --captioner show-and-tell --limit 12 --encoder efficientnet-lite0 --precision float32 --epochs 2 --batch-size 30'.split(' '); // prettier-ignore

/** In a folder of its own: data set and features are made once for all tests. */
describe('tuning', function () {
  this.timeout(120_000);
  let folder: string;

  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tuning-'));
    process.chdir(folder);
  });
  after(() => {
    process.chdir(PROJECT);
    fs.rmSync(folder, { recursive: true });
  });

  /** Labels of all progress that was shown. */
  const run = async (
    options: Partial<TuneOptions> & { out: string },
    hooks: TuneHooks = {},
    given = base,
  ) => {
    const shown: string[] = [];
    const search = { learningRate: [1e-3, 1e-2] };
    const tuning = await tune(
      given,
      { search, method: 'grid', ...options },
      {
        progress: (label) => {
          shown.push(label);
          return { update: () => {}, finish: () => {} };
        },
        ...hooks,
      },
    );
    return { tuning, shown };
  };
  const weightsIn = (out: string) =>
    fs
      .readdirSync(out, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.includes('.safetensors'));
  /** What does not depend on a clock. */
  const untimed = (out: string) =>
    [...readResults(out).values()].map(({ trial, scores, validationLoss, epochs }) => ({
      trial, scores, validationLoss, epochs,
    })); // prettier-ignore

  it('trains each trial, tells the best first, and leaves table, picture and no weights', async () => {
    const { tuning, shown } = await run({ out: 'whole' });
    const [first, second] = tuning.trials;
    assert.equal(tuning.stopped, false);
    assert.equal(tuning.trials.length, 2);
    assert.ok(first.scores.CIDEr >= second.scores.CIDEr);
    assert.deepEqual([first.epochs, second.epochs], [2, 2]);
    assert.ok(shown.includes('Trial 1 of 2: Epoch 1 of 2') && shown.includes('Trial 2 of 2: Epoch 2 of 2'));
    assert.equal(shown.filter((label) => label.includes('Extracting features')).length, 1);

    const csv = Papa.parse<Record<string, string>>(fs.readFileSync('whole/results.csv', 'utf8'), {
      header: true,
      skipEmptyLines: true,
    }).data;
    assert.deepEqual(
      csv.map((row) => [row['trial'], Number(row['learningRate']), Number(row['CIDEr'])]),
      tuning.trials.map(({ trial, values, scores }) => [trial, values.learningRate, scores.CIDEr]),
    );
    assert.equal((await sharp('whole/results.png').metadata()).format, 'png');
    assert.deepEqual(weightsIn('whole'), []);
    assert.ok(fs.existsSync(path.join('whole', first.trial, 'model.json')));
    await assertUserError(
      () => loadModel(path.join('whole', first.trial)),
      /weights of whole.* were not kept, since it is a trial of a search without --keep: train it/,
    );
  });

  it('does what was done before not again, and new values alone', async () => {
    const again = await run({ out: 'whole' });
    assert.deepEqual([again.shown, again.tuning.trials.length], [[], 2]);
    const search = { learningRate: [1e-3, 3e-3, 1e-2] };
    const more = await run({ out: 'whole', search });
    assert.equal(more.tuning.trials.length, 3);
    assert.ok(more.shown.every((label) => label.startsWith('Trial 2 of 3: ')));
  });

  it('stopped in the middle of a trial, it goes on there to the same results, and keeps weights if asked to', async () => {
    const stop = new AbortController();
    let epochs = 0;
    const progress: TuneHooks['progress'] = (label) => {
      if (label.includes('Epoch') && ++epochs === 4) stop.abort(); // two epochs each
      return { update: () => {}, finish: () => {} };
    };
    const tensors = nativeTensorCount();
    const { tuning } = await run({ out: 'broken' }, { progress, signal: stop.signal });
    assert.deepEqual([tuning.stopped, tuning.trials.length], [true, 1]);
    const went = await run({ out: 'broken', keep: true });
    assert.deepEqual(went.shown, ['Trial 2 of 2: Epoch 2 of 2']);
    const [first, second] = untimed('broken');
    assert.deepEqual([first, second], untimed('whole').filter(({ trial }) => [first.trial, second.trial].includes(trial))); // prettier-ignore
    assert.equal(nativeTensorCount(), tensors);
    assert.ok(weightsIn('broken').every((name) => name.startsWith(second.trial)));
    assert.ok(weightsIn('broken').some((name) => /weights-.*\.safetensors$/.test(name)));
    const kept = weightsIn('broken');
    await run({ out: 'broken' });
    assert.deepEqual(weightsIn('broken'), kept); // what was asked to be kept is not removed by another search
  });

  it('goes on after a trial that diverged, which counts as a score of 0', async () => {
    const search = { learningRate: [1e30, 1e-3] };
    const { tuning } = await run({ out: 'whole', search });
    const [good, bad] = tuning.trials;
    assert.deepEqual([good.values.learningRate, bad.values.learningRate], [1e-3, 1e30]);
    assert.match(bad.diverged ?? '', /learning rate/);
    assert.equal(bad.scores.CIDEr, 0);
    assert.deepEqual((await run({ out: 'whole', search })).shown, []);
  });

  it('puts a trial that diverged last, also where a lower score is better', async () => {
    const perImage = (captions: object, figure: number) =>
      Object.fromEntries(Object.keys(captions).map((image) => [image, figure]));
    const remove = registerMetric({
      name: 'half',
      scores: ['half'],
      lowerIsBetter: true,
      available: () => Promise.resolve(true),
      load: () => Promise.resolve(),
      score: (_, captions) => ({ half: { corpus: 0.5, perImage: perImage(captions, 0.5) } }),
    });
    try {
      const given = { ...base, training: { ...base.training, monitor: 'half' } };
      const search = { learningRate: [1e30, 1e-3] };
      const { tuning } = await run({ out: 'lower', search }, {}, given);
      const [good, bad] = tuning.trials;
      assert.equal(tuning.rankedBy, 'half');
      assert.match(bad.diverged ?? '', /learning rate/);
      assert.deepEqual([good.scores.half, bad.scores.half], [0.5, 1]);
    } finally {
      remove();
    }
  });

  it('names the line of the results that is none', async () => {
    fs.mkdirSync('bad');
    fs.writeFileSync('bad/results.jsonl', '{"trial": 3}\n');
    await assertUserError(run({ out: 'bad' }), /Line 1 of bad.results\.jsonl/);
  });

  describe('as a command', () => {
    it('prints trials, table and importance; flags make the same trials as code', async () => {
      const { out, err } = await runCommand(main, [
        ...flags,
        ...['--try', 'learningRate=1e-3,1e-2', '--try', 'seed=1'],
        ...['--method', 'random', '--trials', '2', '--out', 'whole'],
      ]);
      assert.equal(err, '');
      const lines = out.split('\n');
      assert.match(lines[0], /^Trial 1 of 2: learningRate 0\.0\d+, seed 1: BLEU-4 \d.*, CIDEr \d/);
      const head = lines.findIndex((line) => /^trial +learningRate +seed +epochs +CIDEr/.test(line));
      const rows = lines.slice(head + 1, head + 3).map((line) => line.split(/ +/));
      assert.ok(rows.every(([id]) => fs.existsSync(path.join('whole', id))));
      assert.ok(Number(rows[0][4]) >= Number(rows[1][4]));
      assert.match(out, /learningRate: too few trials to tell/);
    });

    const wrong: [argv: string[], sentence: RegExp][] = [
      [[], /--try.*missing|--try.*not specified/],
      [['--try', 'learnRate=1'], /"learnRate": did you mean "learningRate"\?/],
      [['--try', 'learning-rate=1'], /"learning-rate": did you mean "learningRate"\?/],
      [['--try', 'dropout=0.1:0.5'], /grid/],
      [['--try', 'epochs=1', '--trials', '4'], /--trials.*--method random/],
      [['--try', 'epochs=1', '--method', 'beam'], /--method: expected one of grid, random, got "beam"/],
      [['--try', 'epochs=1', '--epochs', '0'], /--epochs.*"0"/],
    ];
    for (const [argv, sentence] of wrong)
      it(`refuses ${argv.join(' ') || 'nothing'}`, () => assertUserError(main(argv), sentence));
  });
});
