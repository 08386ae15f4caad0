import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { ModelRecord } from '../../lib/model/format';
import { dropWeights, loadModel, saveCalibration, saveModel, saveScores } from '../../lib/model/saved-model';
import { loadModelEncoder } from '../../lib/vision/weights/load-model-encoder';
import { calibrationOfBeam } from '../helpers/calibration';
import { optionOf } from '../helpers/option-of';
import { saveTinyModel } from '../helpers/tiny-model';
import { assertUserError } from '../helpers/user-error';

describe('model: the saved folder', () => {
  let folder: string;
  let record: ModelRecord;
  const weightsFile = () => path.join(folder, record.weights.file);

  beforeEach(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'model-'));
    record = await saveTinyModel(folder);
  });

  afterEach(() => fs.rmSync(folder, { recursive: true }));

  /** Changes model.json behind the model's back. */
  function edit(change: (record: ModelRecord) => void): void {
    const file = path.join(folder, 'model.json');
    const json = JSON.parse(fs.readFileSync(file, 'utf8')) as ModelRecord;
    change(json);
    fs.writeFileSync(file, JSON.stringify(json));
  }

  it('comes back as it was, weights to the precision of 16 bits', () => {
    const before = tf.memory().numTensors;
    const model = loadModel(folder);
    assert.deepEqual(model.record, record);
    assert.equal(model.tokenizer.size, record.inputs.vocabSize);
    const names = Object.keys(model.captioner.specs);
    assert.deepEqual(Object.keys(model.weights).sort(), [...names].sort());
    assert.equal(tf.memory().numTensors - before, names.length);
    const values = model.weights[names[0]].dataSync();
    assert.ok(values.some((value) => value !== 0));
    tf.dispose(model.weights);
  });

  it('holds one weights file, also after another model was saved there', async () => {
    const first = weightsFile();
    await saveTinyModel(folder, { embedding: 9 });
    const names = fs.readdirSync(folder).sort();
    assert.equal(names.length, 2);
    assert.ok(!fs.existsSync(first));
    const model = loadModel(folder);
    assert.equal(optionOf(model.record.captioner, 'embedding'), 9);
    tf.dispose(model.weights);
  });

  it('keeps scores', () => {
    const model = loadModel(folder);
    saveScores(model, 'validation', { CIDEr: 0.5 });
    saveScores(model, 'test', { CIDEr: 0.4 });
    tf.dispose(model.weights);
    const again = loadModel(folder);
    assert.deepEqual(again.record.scores, { validation: { CIDEr: 0.5 }, test: { CIDEr: 0.4 } });
    tf.dispose(again.weights);
  });

  it('keeps a calibration, with other scores too, and has none where it was never calibrated', () => {
    const model = loadModel(folder);
    assert.ok(!('confidence' in model.record)); // as records before there were calibrations
    const calibration = calibrationOfBeam({ slope: 6, intercept: 8 });
    saveCalibration(model, calibration);
    saveScores(model, 'test', { CIDEr: 0.4 });
    saveModel(folder, { ...record, confidence: undefined }, model.weights); // the same weights
    tf.dispose(model.weights);
    const again = loadModel(folder);
    assert.deepEqual(again.record.confidence, calibration);
    tf.dispose(again.weights);
  });

  it('has no calibration any more where other weights were saved', async () => {
    const model = loadModel(folder);
    saveCalibration(model, calibrationOfBeam({ slope: 6, intercept: 8 }));
    tf.dispose(model.weights);
    assert.equal((await saveTinyModel(folder, { embedding: 9 })).confidence, undefined);
  });

  it('is calibrated where it comes with the project by its maintainers alone', async () => {
    edit((json) => (json.shipped = true));
    const model = loadModel(folder);
    const calibration = calibrationOfBeam({ slope: 6, intercept: 8 });
    await assertUserError(() => saveCalibration(model, calibration), /comes with the project.*never changed.*--model/); // prettier-ignore
    saveCalibration(model, calibration, true);
    tf.dispose(model.weights);
    const again = loadModel(folder);
    assert.deepEqual(again.record, { ...record, shipped: true, confidence: calibration });
    tf.dispose(again.weights);
  });

  it('leaves files alone that the old model did not name', async () => {
    const mine = path.join(folder, 'weights-mine.safetensors');
    fs.writeFileSync(mine, 'of somebody');
    await saveTinyModel(folder, { embedding: 9 });
    assert.equal(fs.readFileSync(mine, 'utf8'), 'of somebody');
  });

  it('is never replaced, nor given scores, where it comes with the project', async () => {
    edit((json) => (json.shipped = true));
    const files = () =>
      fs.readdirSync(folder).map((name) => [name, fs.readFileSync(path.join(folder, name))]);
    const before = files();
    await assertUserError(
      saveTinyModel(folder, { embedding: 9 }),
      /comes with the project.*never replaced.*--model/,
    );
    const model = loadModel(folder);
    saveScores(model, 'validation', { CIDEr: 0.5 });
    dropWeights(folder, 'a test drops it');
    tf.dispose(model.weights);
    assert.deepEqual(files(), before);
  });

  it('says so where its weights were not kept', async () => {
    dropWeights(folder, 'it is a test');
    assert.ok(!fs.existsSync(weightsFile()));
    await assertUserError(
      () => loadModel(folder),
      /weights of .* were not kept, since it is a test: train it/,
    );
  });

  it('refuses a folder without a model', () =>
    assertUserError(() => loadModel(path.join(folder, 'none')), /none holds no model/));

  it('refuses a folder without its weights', async () => {
    fs.rmSync(weightsFile());
    await assertUserError(() => loadModel(folder), /weights-.*is missing.*copy the whole folder/);
  });

  it('refuses weights that were changed', async () => {
    fs.appendFileSync(weightsFile(), 'x');
    await assertUserError(() => loadModel(folder), /weights-.*not the file.*copy the whole folder/);
  });

  it('refuses a record that is not valid JSON', async () => {
    fs.writeFileSync(path.join(folder, 'model.json'), '{');
    await assertUserError(() => loadModel(folder), /model\.json is not a valid model record/);
  });

  // prettier-ignore
  const edits: [what: string, change: (record: ModelRecord) => void, sentence: RegExp][] = [
    ['another format', (json) => Object.assign(json, { format: 1 }), /not a valid model record of format 2/],
    ['a newer format', (json) => Object.assign(json, { format: 99 }), /has format 99.*reads up to 2: update the project/],
    ['a word less', (json) => json.tokenizer.words.pop(), /vocabulary of/],
    ['another size', (json) => Object.assign(json.captioner, { embedding: 99 }), /The weight .* needs/],
    ['a share above 1', (json) => Object.assign(json, { confidence: { ...calibrationOfBeam({ slope: 1, intercept: 1 }), ece: 2 } }), /confidence.ece/],
    ['an option out of its range', (json) => Object.assign(json.captioner, { embedding: 0 }), /not a valid model record/],
  ];
  for (const [what, change, sentence] of edits) {
    it(`refuses a record with ${what}`, async () => {
      edit(change);
      const before = tf.memory().numTensors;
      await assertUserError(() => loadModel(folder), sentence);
      assert.equal(tf.memory().numTensors, before);
    });
  }

  it('refuses another encoder than it was trained with', async () => {
    const encoder = { ...record.encoder, weightsHash: '0'.repeat(64) };
    await assertUserError(
      loadModelEncoder({ ...record, encoder }),
      /other weights.*000000000000.*as encoderWeights/,
    );
  });

  it('refuses another end point than it was trained with', async () => {
    const encoder = { ...record.encoder, endPoint: 'block3' };
    await assertUserError(loadModelEncoder({ ...record, encoder }), /49 regions of 1280 channels.*block3/);
  });
});
