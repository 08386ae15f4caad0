import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Overrides } from '../../lib/config/types';
import { configure } from '../../lib/config/configuration';
import { loadModel } from '../../lib/model/saved-model';
import { compareCaptioners, type CompareOptions } from '../../lib/pipeline/compare';
import { prepare, type Prepared } from '../../lib/pipeline/prepare';
import type { ComparedCaptioner } from '../../lib/training/compared';
import { comparisonCells, comparisonCharts, comparisonTable } from '../../lib/plots/comparison';

const PROJECT = path.resolve(__dirname, '..', '..');
const base: Overrides = {
  preset: 'tiny',
  data: { limit: 12 },
  encoder: { encoder: 'efficientnet-lite0', precision: 'float32' },
  decoding: { beamWidth: 2 },
};
const options: CompareOptions = {
  minutes: 0.01,
  captioners: ['show-and-tell', 'attention-lstm'],
  sizes: { 'show-and-tell': { units: 5 } },
};

describe('comparison of captioners', function () {
  this.timeout(120_000);
  let folder: string;
  let prepared: Prepared;
  let compared: ComparedCaptioner[];

  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'compare-'));
    process.chdir(folder);
    prepared = await prepare(configure(base));
    const stop = new AbortController();
    const runs: string[][] = [];
    const onEpoch = (latest: readonly { name: string }[]) => {
      runs.push(latest.map(({ name }) => name));
      if (latest.length === 2) stop.abort();
    };
    const first = await compareCaptioners(base, prepared, options, { signal: stop.signal, onEpoch });
    assert.deepEqual(first.map(({ name }) => name), ['show-and-tell']); // prettier-ignore
    assert.deepEqual([runs[0], runs.at(-1)], [['show-and-tell'], ['show-and-tell', 'attention-lstm']]);
    compared = await compareCaptioners(base, prepared, options);
  });
  after(() => {
    prepared.features.close();
    prepared.encoder.dispose();
    process.chdir(PROJECT);
    fs.rmSync(folder, { recursive: true });
  });

  it('trains each for the same time, also where it was stopped in between', () => {
    assert.deepEqual(compared.map(({ name }) => name), options.captioners); // prettier-ignore
    for (const { record } of compared) {
      assert.equal(record.ended, 'time is up');
      const seconds = record.epochs.map(({ trainSeconds }) => trainSeconds);
      const whole = seconds.reduce((sum, one) => sum + one, 0);
      assert.ok(whole >= 0.6 && whole - seconds[seconds.length - 1] < 0.6, `${whole}`);
    }
  });

  it('scores captions of all validation pictures, and counts weights', () => {
    const { validation } = prepared.dataset.splits;
    for (const { name, captions, scores, parameters } of compared) {
      assert.deepEqual(Object.keys(captions), validation);
      assert.ok(scores.CIDEr >= 0);
      const { weights, record } = loadModel(path.join('models/tiny-compare', name));
      assert.equal(record.captioner.name, name);
      const all = Object.values(weights).reduce((sum, { size }) => sum + size, 0);
      assert.ok(parameters > 0 && parameters <= all);
    }
    const { record } = loadModel('models/tiny-compare/show-and-tell');
    assert.equal((record.captioner as { units: number }).units, 5);
  });

  it('is shown as curves over seconds, a table, and captions of each', () => {
    const [loss, cider] = comparisonCharts(compared);
    assert.deepEqual(cider.curves.map(({ name }) => name), options.captioners); // prettier-ignore
    compared.forEach(({ record: { epochs } }, i) => {
      const [x, y] = loss.curves[i].points[0];
      assert.deepEqual([x, y], [epochs[0].trainSeconds, epochs[0].validationLoss]);
      const last = cider.curves[i].points.at(-1)!;
      assert.ok(last[0] >= 0.6 && last[1] === 100 * epochs[epochs.length - 1].scores.CIDEr);
    });
    const table = comparisonTable(compared).split('\n');
    assert.equal(table.length, 4);
    assert.ok(table[2].includes(compared[0].parameters.toLocaleString('en')));
    const image = prepared.images.get(prepared.dataset.splits.validation[0])!;
    const [cell] = comparisonCells([image], compared);
    assert.deepEqual(
      cell.lines?.map(({ text }) => text),
      [
        ...compared.map(({ name, captions }) => `${name}: ${captions[image.id]}`),
        `reference: ${image.captions[0]}`,
      ],
    );
  });
});
