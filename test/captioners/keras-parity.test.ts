import '../../lib/native/backend';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { bilstmOverPrefixes, bilstmSpecs, bilstmStep, type BilstmState } from '../../lib/captioners/bilstm';
import type { Weights } from '../../lib/captioners/captioner';
import { Dropout } from '../../lib/ops/layers';
import { assertClose } from '../helpers/numeric';
import { captionerOf, everyCaptioner, randomFeatures, randomWeights } from '../helpers/tiny-captioner';

const PYTHON = path.join(__dirname, '..', '..', '.venv', 'bin', 'python');
const stacks = [[4], [4, 3], [3, 5, 4]];
const INPUT_SIZE = 6;
const tokens = tf.tensor2d([2, 5, 12, 4, 4, 2, 9, 1, 7, 3], [2, 5], 'int32');

const vectors = () => tf.randomNormal<tf.Rank.R3>([5, 2, INPUT_SIZE], 0, 1, 'float32', 99); // [steps, batch, inputs]

interface Stored {
  shape: number[];
  values: number[];
}

const stored = (x: tf.Tensor): Stored => ({ shape: x.shape, values: Array.from(x.dataSync<'float32'>()) });

const storedAll = (weights: Weights) =>
  Object.fromEntries(Object.entries(weights).map(([name, x]) => [name, stored(x)]));

/** All cases, for one run of Python; Keras answers those of captioners that keras_reference.py has too. */
function cases(): Record<string, object> {
  const all: Record<string, object> = {};
  for (const units of stacks) {
    all[`bilstm ${units.join()}`] = {
      kind: 'bilstm',
      layers: units.length,
      weights: storedAll(randomWeights(bilstmSpecs(INPUT_SIZE, units))),
      vectors: stored(tf.transpose(vectors(), [1, 0, 2])),
    };
  }
  for (const [name, options] of Object.entries(everyCaptioner)) {
    const { specs } = captionerOf(options);
    const inputs = {
      options,
      weights: storedAll(randomWeights(specs)),
      features: stored(randomFeatures(2)),
      tokens: stored(tokens),
    };
    all[name] = { ...inputs, kind: options.name, training: false };
    all[`${name}, attention`] = { ...inputs, kind: `${options.name}-attention` };
    if (!Object.values(specs).some(({ trainable }) => trainable === false)) continue;
    all[`${name}, training`] = { ...inputs, kind: options.name, training: true };
    all[`${name}, statistics`] = { ...inputs, kind: `${options.name}-statistics` };
  }
  return all;
}

describe('beside Keras with the same weights', function () {
  this.timeout(240_000);
  let results: Record<string, Stored> = {};

  before(function () {
    if (!fs.existsSync(PYTHON)) {
      console.log('      skipped: there is no .venv with TensorFlow');
      this.skip();
    }
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'captioners-'));
    const [given, answered] = ['cases.json', 'results.json'].map((file) => path.join(folder, file));
    fs.writeFileSync(given, JSON.stringify(cases()));
    const script = path.join(__dirname, 'keras_reference.py');
    execFileSync(PYTHON, [script, given, answered], { stdio: ['ignore', 'ignore', 'pipe'] });
    results = JSON.parse(fs.readFileSync(answered, 'utf8')) as Record<string, Stored>;
    fs.rmSync(folder, { recursive: true });
  });

  const kerasResult = (name: string) => tf.tensor(results[name].values, results[name].shape);

  for (const units of stacks) {
    it(`${units.length} bidirectional LSTM layer(s) over every prefix`, () => {
      const weights = randomWeights(bilstmSpecs(INPUT_SIZE, units));
      const states = bilstmOverPrefixes(weights, vectors(), units.length); // [steps, batch, 2 * units]
      assertClose(tf.transpose(states, [1, 0, 2]), kerasResult(`bilstm ${units.join()}`), 1e-5);
    });

    it(`${units.length} bidirectional LSTM layer(s) token by token`, () => {
      const weights = randomWeights(bilstmSpecs(INPUT_SIZE, units));
      let state: BilstmState | undefined;
      const outputs = tf.unstack(vectors()).map((x) => {
        const step = bilstmStep(weights, x as tf.Tensor2D, units.length, state);
        state = step.state;
        return step.output;
      });
      assertClose(tf.stack(outputs, 1), kerasResult(`bilstm ${units.join()}`), 1e-5);
    });
  }

  for (const [name, options] of Object.entries(everyCaptioner)) {
    const captioner = captionerOf(options);
    const weights = randomWeights(captioner.specs);

    /** Skips a test where keras_reference.py has no such captioner. */
    function needsTwin(test: Mocha.Context): void {
      if (results[name]) return;
      console.log('      no Keras twin: skipped');
      test.skip();
    }

    it(`the whole captioner: ${name}`, function () {
      needsTwin(this);
      const { logits, attention } = captioner.forward(weights, randomFeatures(2), tokens);
      const keras = kerasResult(name);
      assert.ok(tf.max(tf.abs(keras)).dataSync<'float32'>()[0] > 0.5);
      assertClose(logits, keras, 1e-4);
      assert.equal(attention === undefined, results[`${name}, attention`] === undefined);
      if (attention) assertClose(attention, kerasResult(`${name}, attention`), 1e-5);
    });

    const statistics = Object.keys(captioner.specs).filter(
      (weight) => captioner.specs[weight].trainable === false,
    );
    if (statistics.length === 0) continue;

    it(`batch norm while training: ${name}`, function () {
      needsTwin(this);
      const dropout = new Dropout(0, tf.tensor1d([1, 0], 'int32'));
      const { logits } = captioner.forward(weights, randomFeatures(2), tokens, dropout);
      assertClose(logits, kerasResult(`${name}, training`), 1e-4);
      const next = captioner.updateStatistics!(weights, randomFeatures(2));
      assert.deepEqual(Object.keys(next), statistics);
      assertClose(tf.stack(Object.values(next)), kerasResult(`${name}, statistics`), 1e-5);
    });
  }
});
