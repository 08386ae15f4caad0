import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { calibrateModel, checkCalibrateFlags } from '../../lib/commands/support/calibrate-flags';
import { command as evaluateCommand } from '../../lib/commands/evaluate';
import { mainOf } from '../../lib/commands/support/command';
import { initializeWeights } from '../../lib/captioners/initialize';
import { decodingOptions } from '../../lib/decoding/options';
import { loadModel, type Model } from '../../lib/model/saved-model';
import { calibrationAfterTraining } from '../../lib/pipeline/calibrate';
import type { Evaluation } from '../../lib/pipeline/evaluate';
import { Random } from '../../lib/random';
import type { TrainingTask } from '../../lib/training/task';
import { saveTinyModel } from '../helpers/tiny-model';
import { tinyTask } from '../helpers/training-task';
import { assertUserError } from '../helpers/user-error';

const decoding = decodingOptions.parse({});

/** An evaluation of made-up captions: the likelier, the better. */
function evaluationOf(images: number): Evaluation {
  const random = new Random(3, 'evaluation');
  const ids = Array.from({ length: images }, (_, i) => `${i}.jpg`);
  const perImage: Evaluation['perImage'] = {};
  const logProbabilities: Evaluation['logProbabilities'] = {};
  for (const id of ids) {
    const likely = random.next();
    logProbabilities[id] = [likely - 2, likely - 1];
    perImage[id] = { CIDEr: likely + random.next() };
  }
  const none = { scores: {}, notes: [], captions: {}, references: {}, problems: [] };
  return { ...none, perImage, logProbabilities };
}

describe('calibration of a model', () => {
  let folder: string;
  let model: Model;
  const evaluate = mainOf(evaluateCommand);

  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'calibrate-'));
    await saveTinyModel(path.join(folder, 'model'));
    model = loadModel(path.join(folder, 'model'));
  });

  after(() => {
    tf.dispose(model.weights);
    fs.rmSync(folder, { recursive: true });
  });

  it('is kept in its record, drawn and told', async () => {
    const reliabilityPlot = path.join(folder, 'plots', 'confidence.svg');
    const flags = { calibrate: true, reliabilityPlot };
    assert.ok(checkCalibrateFlags(flags, model, decoding, []));
    const { calibration, lines } = await calibrateModel(flags, model, evaluationOf(300), decoding);
    const again = loadModel(model.folder);
    assert.deepEqual(again.record.confidence, calibration);
    tf.dispose(again.weights);
    assert.ok(calibration.slope > 0 && calibration.brier < 0.25);
    assert.match(fs.readFileSync(reliabilityPlot, 'utf8'), /^<svg[^]*Confidence of captions/);
    const text = lines.join('\n');
    assert.match(text, /^Confidence, calibrated on 300 images/);
    for (const { count } of calibration.bins) assert.match(text, new RegExp(`\\b${count}\\b`));
    assert.match(text, /Brier score 0\.\d{3} .*Below 33 % it is called low\.$/);
  });

  it('is refused where it would come to nothing, with a sentence', async () => {
    const check = (flags: object, changes: object = {}, record: object = {}) =>
      checkCalibrateFlags(flags, { folder: 'm', record: { ...model.record, ...record } }, { ...decoding, ...changes }, []); // prettier-ignore
    assert.equal(check({}), false);
    await assertUserError(() => check({ reliabilityPlot: 'a.svg' }), /no effect without --calibrate/);
    await assertUserError(
      () => check({ calibrate: true, reliabilityPlot: 'a.txt' }),
      /a\.txt: expected .*\.svg/,
    );
    await assertUserError(() => check({ calibrate: true }, { method: 'sample' }), /not for samples/);
    await assertUserError(
      () => check({ calibrate: true }, {}, { shipped: true }),
      /m holds .* never changed/,
    );
    assert.ok(check({ calibrateShipped: true }, {}, { shipped: true }));
    await assertUserError(
      () => calibrateModel({ calibrate: true }, model, evaluationOf(20), decoding),
      /50 images or more, and there are 20/,
    );
  });

  it('evaluate checks it before it captions', () =>
    assertUserError(
      () => evaluate(['--images', 'data/photos', '--captions', 'README.md', '--calibrate']),
      /comes with the project, which is never changed/,
    ));
});

describe('calibration after a training', () => {
  /** The captioner writes one caption for suns, another for moons; people agree about some of them. */
  function task(images: number, changes: Partial<TrainingTask> = {}): TrainingTask {
    const written = 'w4 w5 w6 w7';
    const references = Object.fromEntries(
      Array.from({ length: images }, (_, i) => {
        const kind = i % 2 === 0 ? 'sun' : 'moon';
        const agree = i % 10 < 3 || i % 4 === 0;
        return [`${kind} ${i}`, [agree ? `${written} w${i}` : `x${i} y${i} z${i} u${i}`]];
      }),
    );
    return tinyTask('', {}, { references, ...changes });
  }

  async function calibrated(one: TrainingTask, signal?: AbortSignal) {
    const weights = initializeWeights(one.captioner.specs, 1);
    const before = tf.memory().numTensors;
    try {
      return await calibrationAfterTraining(one, weights, signal ? { signal } : {});
    } finally {
      assert.equal(tf.memory().numTensors, before);
      tf.dispose(weights);
    }
  }

  it('is none with few images, for samples, after a stop, and where no caption is better than another', async () => {
    assert.equal(await calibrated(task(40)), undefined);
    const sampled = decodingOptions.parse({ method: 'sample' });
    assert.equal(await calibrated(task(100, { decoding: sampled })), undefined);
    assert.equal(await calibrated(task(100), AbortSignal.abort()), undefined);
    const wrong = Object.fromEntries(Object.keys(task(100).references).map((id) => [id, ['other words']]));
    assert.equal(await calibrated(task(100, { references: wrong })), undefined);
  });

  it('is of the captions and the search of the validation', async () => {
    const captioner = task(100).captioner;
    // Certain of w4 w5 w6 w7 END, whatever the picture.
    const rows = Array.from({ length: 12 * 12 }, (_, at) => {
      const [from, to] = [Math.floor(at / 12), at % 12];
      return to === (from < 4 ? 4 : from === 7 ? 3 : from + 1) ? 5 : 0;
    });
    const weights = { next: tf.tensor2d(rows, [12, 12]), seen: tf.zeros([12]) };
    const one = task(100, { captioner });
    const calibration = await calibrationAfterTraining(one, weights, {});
    tf.dispose(weights);
    assert.ok(calibration);
    assert.equal(calibration.images, 100);
    assert.equal(calibration.decoding['beamWidth'], 2);
    assert.deepEqual(calibration.bins.map(({ count }) => count).reduce((sum, count) => sum + count), 100); // prettier-ignore
  });
});
