import '../../lib/native/backend';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { createCaptioner } from '../../lib/captioners/create';
import { initializeWeights } from '../../lib/captioners/initialize';
import { nativeTensorCount } from '../../lib/native/backend';
import { Learner } from '../../lib/training/learner';
import { firstState, packState, stepRates, unpackState } from '../../lib/training/optimizer';
import { trainingStep } from '../../lib/training/step';
import { assertClose } from '../helpers/numeric';
import { everyCaptioner, randomFeatures, tinyInputs } from '../helpers/tiny-captioner';

const options = {
  clipNorm: 0.5,
  labelSmoothing: 0.1,
  weightDecay: 0.01,
  emaDecay: 0.9,
  dropout: 0.2,
};

const tokens = (steps: number, seed: number) =>
  tf.cast(tf.randomUniform([4, steps], 4, tinyInputs.vocabSize, 'int32', seed), 'int32');

/** A batch of four captions; every third step has longer ones. */
function batchOf(step: number, scale = 1): tf.Tensor[] {
  const steps = step % 3 === 2 ? 4 : 3;
  const rates = tf.tensor1d(stepRates(0.01, step, options.emaDecay));
  const features = tf.mul(randomFeatures(4), scale);
  const counted = tf.ones([4, steps]);
  return [
    features,
    tokens(steps, step),
    tokens(steps, step + 9),
    counted,
    tf.tensor1d([1, step], 'int32'),
    rates,
  ];
}

/** Tensors whose sum does not depend on rounding: Adam moves by the whole rate where a gradient is nothing else. */
const momenta = (state: tf.Tensor[], count: number) => state.slice(count, 3 * count);

describe('learner', () => {
  for (const [name, captionerOptions] of Object.entries(everyCaptioner)) {
    it(`does what the plain training step does: ${name}`, () => {
      const captioner = createCaptioner(captionerOptions, tinyInputs);
      const count = Object.keys(captioner.specs).length;
      const first = () => firstState(Object.values(initializeWeights(captioner.specs, 3)), true);
      const learner = new Learner(captioner, { ...options, precision: 'float32' }, first());
      const plain = trainingStep(captioner, options);
      for (let step = 0; step < 4; step++) {
        const before = packState(learner.state());
        const [loss, norm, ...expected] = plain(...before, ...batchOf(step));
        const told = learner.step(batchOf(step));
        assertClose(tf.tensor1d([told.loss, told.norm]), tf.stack([loss, norm]), 1e-4);
        const after = packState(learner.state());
        momenta(after, count).forEach((x, i) => assertClose(x, momenta(expected, count)[i], 1e-5));
        after.forEach((x, i) => assertClose(x, expected[i], 0.025)); // twice the rate and a bit
      }
      learner.dispose();
    });
  }

  const captioner = createCaptioner(Object.values(everyCaptioner)[0], tinyInputs);
  const learnerFrom = (state = firstState(Object.values(initializeWeights(captioner.specs, 3)), true)) =>
    new Learner(captioner, { ...options, precision: 'float32' }, state);

  it('goes on from a state as if it had not stopped', () => {
    const whole = learnerFrom();
    const half = learnerFrom();
    for (let step = 0; step < 2; step++) for (const one of [whole, half]) one.step(batchOf(step));
    const resumed = learnerFrom(half.state());
    for (const one of [whole, resumed]) one.step(batchOf(2));
    const [expected, actual] = [whole, resumed].map((one) => packState(one.state()));
    actual.forEach((x, i) => assertClose(x, expected[i], 0));
    for (const one of [whole, half, resumed]) one.dispose();
  });

  it('learns nothing from a loss that is no number', () => {
    const learner = learnerFrom();
    learner.step(batchOf(0));
    const before = packState(learner.state());
    const { loss, norm } = learner.step(batchOf(1, Infinity));
    assert.ok(!Number.isFinite(loss) || !Number.isFinite(norm));
    packState(learner.state()).forEach((x, i) => assertClose(x, before[i], 0));
    learner.dispose();
  });

  it('is evaluated by its moving average, or by its weights where there is none', () => {
    const learner = learnerFrom();
    learner.step(batchOf(0));
    const { average, weights } = learner.state();
    learner.evaluationWeights().forEach((x, i) => assertClose(x, average[i], 0));
    assert.ok(tf.max(tf.abs(tf.sub(average[0], weights[0]))).dataSync()[0] > 0);
    learner.dispose();

    const state = unpackState(
      [...packState(firstState(Object.values(initializeWeights(captioner.specs, 3)), false))],
      false,
    );
    const plain = new Learner(captioner, { ...options, emaDecay: 0, precision: 'float32' }, state);
    plain.step(batchOf(0));
    plain.evaluationWeights().forEach((x, i) => assertClose(x, plain.weights[i], 0));
    plain.dispose();
  });

  it('leaves no tensors behind', () => {
    const batch = batchOf(0);
    learnerFrom().dispose();
    const run = () => {
      const learner = learnerFrom();
      for (let i = 0; i < 3; i++) learner.step(batch);
      tf.dispose([...packState(learner.state()), ...learner.evaluationWeights()]);
      learner.dispose();
    };
    run(); // brings the batch to TensorFlow
    const before = nativeTensorCount();
    run();
    assert.equal(nativeTensorCount(), before);
  });
});
