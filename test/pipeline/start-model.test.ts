import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { command as trainCommand } from '../../lib/commands/train';
import { mainOf } from '../../lib/commands/support/command';
import { configure } from '../../lib/config/configuration';
import type { ModelRecord } from '../../lib/model/format';
import { loadModel, trainingImagesOf } from '../../lib/model/saved-model';
import { withStartModel } from '../../lib/pipeline/start-model';
import { runCommand } from '../helpers/run-command';
import { saveTinyModel } from '../helpers/tiny-model';
import { assertUserError } from '../helpers/user-error';

const PROJECT = path.resolve(__dirname, '..', '..');
const train = mainOf(trainCommand);

/** The old model knows a few words, and that it was trained on drawn scenes. */
describe('a training that starts from a model', function () {
  this.timeout(120_000);
  let home: string;
  let old: ModelRecord;

  before(async () => {
    home = fs.mkdtempSync(path.join(os.tmpdir(), 'start-model-'));
    process.chdir(home);
    old = await saveTinyModel('old', {}, ['a red fish', 'two dogs run', 'the cat']);
    fs.mkdirSync('mine');
    const photos = ['cat', 'coffee', 'rocket'];
    for (const name of photos)
      fs.copyFileSync(path.join(PROJECT, 'data', 'photos', `${name}.jpg`), `mine/${name}.jpg`);
    const rows = photos.flatMap((name) => [`${name}.jpg,a nice ${name} here`, `${name}.jpg,a fine ${name}`]);
    fs.writeFileSync('mine/captions.txt', `image,caption\n${rows.join('\n')}\n`);
  });
  after(() => {
    process.chdir(PROJECT);
    fs.rmSync(home, { recursive: true });
  });

  const flags = (...more: string[]) => [
    ...['--from', 'old', '--dataset', 'folder', '--data-dir', 'mine', '--precision', 'float32'],
    ...['--model', 'new', '--epochs', '1', '--batch-size', '4', ...more],
  ];

  it('takes over captioner, encoder and words, and adds new ones behind', async () => {
    const { out } = await runCommand(train, flags());
    assert.match(out, /Trained in .*Saved in new\.\n/);
    assert.match(
      out,
      /What old could do before was not measured: it does not say what it was trained on\.\n$/,
    );
    const { record, weights, tokenizer } = loadModel('new');
    assert.deepEqual([record.captioner, record.encoder.name], [old.captioner, 'efficientnet-lite0']);
    const { words } = tokenizer.toJSON();
    assert.deepEqual(words.slice(0, old.tokenizer.words.length), old.tokenizer.words);
    const more = words.slice(old.tokenizer.words.length);
    assert.ok(more.includes('nice') && more.includes('fine') && !more.includes('cat')); // "cat" was known
    assert.deepEqual(record.training['startedFrom'], {
      model: 'old',
      weights: old.weights.sha256,
      newWords: more,
    });
    assert.equal(trainingImagesOf({ folder: 'new', record }), undefined); // the old one does not say
    assert.equal(weights['embedding']?.shape[0] ?? record.inputs.vocabSize, words.length + 4);
    tf.dispose(weights);
    assert.match((await runCommand(train, flags())).out, /This training was finished before/);
  });

  it('starts with the knowledge of the old model, not at random', async () => {
    const { out } = await runCommand(train, [...flags('--summary')]);
    assert.match(out, /Total parameters/);
    const slow = flags('--learning-rate', '1e-9', '--epochs', '1');
    await runCommand(train, [...slow, '--model', 'slow']);
    const [before, after] = [loadModel('old'), loadModel('slow')];
    for (const [name, weight] of Object.entries(before.weights)) {
      const same = tf.slice(
        after.weights[name],
        weight.shape.map(() => 0),
        weight.shape,
      );
      const difference = tf.max(tf.abs(tf.sub(same, weight))).dataSync()[0];
      assert.ok(difference < 1e-3, `${name} differs by ${difference}`);
    }
    tf.dispose([before.weights, after.weights]);
  });

  const wrong: [what: string, argv: string[], sentence: RegExp][] = [
    [
      'another captioner',
      ['--captioner', 'transformer'],
      /old has the captioner "cross-attention", not "transformer".*leave captioner out, or train without --from/,
    ],
    ['another size', ['--embedding', '99'], /old has the embedding \d+, not 99, and is trained on as it is/],
    [
      'another encoder',
      ['--encoder', 'inception-v3'],
      /old has the encoder "efficientnet-lite0", not "inception-v3"/,
    ],
    [
      'word vectors',
      ['--word-vectors', 'mine/captions.txt'],
      /old has vectors for its words.*leave --word-vectors out/,
    ],
    [
      'the folder of the old model',
      ['--model', 'old'],
      /old stays as it is when training starts from it: name another folder/,
    ],
  ];
  for (const [what, argv, sentence] of wrong)
    it(`refuses ${what}`, () => assertUserError(() => runCommand(train, flags(...argv)), sentence));

  it('refuses a model that is not there, and a folder of data without a model', async () => {
    await assertUserError(() => runCommand(train, [...flags(), '--from', 'none']), /none holds no model/);
    await assertUserError(
      () => train(['--from-data-dir', 'mine']),
      /--from-data-dir has no effect without --from/,
    );
  });

  it('has small defaults of its own', () => {
    const { training, captioner } = configure(
      withStartModel({ from: 'old', data: { dataset: 'folder' } }),
      {},
    );
    const usual = configure({ data: { dataset: 'folder' } }, {}).training;
    assert.ok(training.learningRate < usual.learningRate && training.batchSize < usual.batchSize);
    assert.deepEqual(captioner, old.captioner);
  });
});
