import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import '../../lib/native/backend';
import { configure } from '../../lib/config/configuration';
import { registerMetric, scoreNames, scoreNamesOfCaptions } from '../../lib/metrics/registry';
import { scoreCaptions } from '../../lib/metrics/score';
import type { Captions, Metric, References } from '../../lib/metrics/types';
import type { Point } from '../../lib/plots/chart';
import { scoreTable } from '../../lib/plots/tables';
import { trainingCharts } from '../../lib/plots/training-charts';
import { rankedEpochs } from '../../lib/training/record';
import { train } from '../../lib/training/trainer';
import { tinyTask } from '../helpers/training-task';
import { assertUserError } from '../helpers/user-error';

/** Share of captions that end with the last word of a reference: all that a new metric takes. */
const lastWord: Metric = {
  name: 'last word',
  scores: ['last word'],
  available: () => Promise.resolve(true),
  load: () => Promise.resolve(),
  score(references, candidates) {
    const lastOf = (text: string) => text.split(' ').at(-1);
    const perImage = Object.fromEntries(
      Object.entries(candidates).map(([id, caption]) => [
        id,
        references[id].some((reference) => lastOf(reference) === lastOf(caption)) ? 1 : 0,
      ]),
    );
    const figures = Object.values(perImage);
    return {
      'last word': { corpus: figures.reduce((sum, one) => sum + one, 0) / figures.length, perImage },
    };
  },
};

describe('a metric registered at run time', () => {
  const others = scoreNamesOfCaptions();
  let folder: string;
  let remove: () => void;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'metric-'));
    remove = registerMetric(lastWord);
  });
  afterEach(() => {
    remove();
    fs.rmSync(folder, { recursive: true });
  });

  it('is among the scores of captions, after those of the project', async () => {
    const { corpus, perImage } = await scoreCaptions(
      { a: ['a dog runs'], b: ['a cat'] },
      { a: 'he runs', b: 'x' },
    );
    assert.equal(corpus['last word'], 0.5);
    assert.deepEqual([perImage['a']['last word'], perImage['b']['last word']], [1, 0]);
    assert.equal(Object.keys(corpus).at(-1), 'last word');
  });

  it('is a value of the option monitor, and chooses the best epoch of a training', async () => {
    assert.equal(configure({ training: { monitor: 'last word' } }).training.monitor, 'last word');
    const { record, weights } = await train(tinyTask(folder, { monitor: 'last word', epochs: 4 }));
    tf.dispose(weights);
    assert.deepEqual(Object.keys(record.epochs[0].scores), ['BLEU-4', 'CIDEr', 'last word']);
    const figures = record.epochs.map(({ scores }) => scores['last word']);
    assert.ok(figures[0] < 1 && Math.max(...figures) === 1, figures.join(', '));
    assert.equal(record.best, figures.indexOf(1) + 1);
  });

  it('may say that lower is better: tables do, and the lowest epoch is the best', async () => {
    remove();
    remove = registerMetric({ ...lastWord, lowerIsBetter: true });
    const { record, weights } = await train(tinyTask(folder, { monitor: 'last word', epochs: 4 }));
    tf.dispose(weights);
    const figures = record.epochs.map(({ scores }) => scores['last word']);
    assert.ok(Math.min(...figures) < Math.max(...figures), figures.join(', '));
    assert.equal(record.best, figures.indexOf(Math.min(...figures)) + 1);
    assert.deepEqual(
      rankedEpochs(record, 'last word').map(({ scores }) => scores['last word']),
      [...figures].sort((a, b) => a - b),
    );
    const row = { name: 'a', scores: { CIDEr: 1, 'last word': 0.5 } };
    assert.match(scoreTable([row]), /^\| {2}\| CIDEr \| last word \(lower is better\) \|$/m);
    const curves = { trainLoss: [], validationLoss: [], scores: { 'last word': [[1, 0.5] as Point] } };
    assert.match(JSON.stringify(trainingCharts(curves)), /last word \(lower is better\)/);
  });

  it('is left out where it needs what is not known, and cannot be monitored', async () => {
    remove();
    remove = registerMetric({ ...lastWord, needs: 'objects' });
    const captions: [References, Captions] = [{ a: ['a dog'] }, { a: 'a dog' }];
    assert.ok(!('last word' in (await scoreCaptions(...captions)).corpus));
    assert.equal((await scoreCaptions(...captions, { objects: {} })).corpus['last word'], 1);
    await assertUserError(
      () => configure({ training: { monitor: 'last word' } }),
      /expected one of loss, [^"]*got "last word"/,
    );
    await assertUserError(() => configure({ training: { monitor: 'CHAIRi' } }), /expected one of loss/);
  });

  it('is unknown again once it is removed', async () => {
    remove();
    assert.ok(!scoreNames().includes('last word'));
    await assertUserError(
      () => configure({ training: { monitor: 'last word' } }),
      new RegExp(`training\\.monitor: expected one of loss, ${others.join(', ')}, got "last word"`),
    );
  });

  it('cannot take the name of another score', () => {
    assert.throws(
      () => registerMetric({ ...lastWord, name: 'mine', scores: ['CIDEr'] }),
      /"CIDEr" is registered already/,
    );
    assert.throws(
      () => registerMetric({ ...lastWord, scores: ['other'] }),
      /"last word" is registered already/,
    );
  });

  it('is left out with a sentence where its data is missing, and cannot be monitored then', async () => {
    remove();
    const missing = 'The last word is left out: its list is missing.';
    remove = registerMetric({ ...lastWord, available: () => Promise.resolve(missing) });
    const { corpus, notes } = await scoreCaptions({ a: ['a dog'] }, { a: 'a dog' });
    assert.ok(!('last word' in corpus) && notes.includes(missing));
    await assertUserError(train(tinyTask(folder, { monitor: 'last word' })), /its list is missing/);
  });
});
