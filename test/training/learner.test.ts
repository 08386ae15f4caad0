import '../../lib/native/backend';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { createCaptioner } from '../../lib/captioners/registry';
import { initializeWeights } from '../../lib/captioners/initialize';
import { nativeTensorCount } from '../../lib/native/backend';
import { Learner } from '../../lib/training/learner';
import { initialOptimizerState, ratesAsTensors, stepRates } from '../../lib/training/optimizer';
import { trainingStep, type BatchTensors } from '../../lib/training/step';
import { assertAllClose, assertClose } from '../helpers/numeric';
import { everyCaptioner, randomFeatures, tinyInputs } from '../helpers/tiny-captioner';

const options = {
  clipNorm: 0.5,
  labelSmoothing: 0.1,
  weightDecay: 0.01,
  emaDecay: 0.9,
  dropout: 0.2,
};

const tokens = (steps: number, seed: number): tf.Tensor2D =>
  tf.cast(tf.randomUniform([4, steps], 4, tinyInputs.vocabSize, 'int32', seed), 'int32');

/** A batch of four captions; every third step has longer ones. */
function batchOf(step: number, scale = 1): BatchTensors {
  const steps = step % 3 === 2 ? 4 : 3;
  return {
    features: tf.mul(randomFeatures(4), scale),
    tokens: tokens(steps, step),
    targets: tokens(steps, step + 9),
    lossWeights: tf.ones([4, steps]),
  };
}

const ratesOf = (step: number) => stepRates({ learningRate: 0.01, step, emaDecay: options.emaDecay });

/** What `trainingStep` reads of a step beside its state. */
const inputsOf = (step: number) => ({
  ...batchOf(step),
  seed: tf.tensor1d([1, step], 'int32'),
  rates: ratesAsTensors(ratesOf(step)),
});

function take(learner: Learner, step: number, scale = 1): { loss: number; norm: number } {
  return learner.step(batchOf(step, scale), [1, step], ratesOf(step));
}

describe('learner', () => {
  for (const [name, captionerOptions] of Object.entries(everyCaptioner)) {
    it(`does what the plain training step does: ${name}`, () => {
      const captioner = createCaptioner(captionerOptions, tinyInputs);
      const first = initialOptimizerState(initializeWeights(captioner.specs, 3), options);
      const learner = new Learner(captioner, { ...options, precision: 'float32' }, first);
      const plain = trainingStep(captioner, options);
      for (let step = 0; step < 4; step++) {
        const expected = plain({ state: learner.state(), batch: inputsOf(step) });
        const { loss, norm } = take(learner, step);
        assertClose(tf.tensor1d([loss, norm]), tf.stack([expected.loss, expected.norm]), 1e-4);
        const after = learner.state();
        // Sums that do not depend on rounding: Adam moves by the whole rate where a gradient is nothing else.
        assertAllClose(after.momentum, expected.state.momentum, 1e-5);
        assertAllClose(after.variance, expected.state.variance, 1e-5);
        assertAllClose(after, expected.state, 0.025); // twice the rate and a bit
      }
      learner.dispose();
    });
  }

  const captioner = createCaptioner(Object.values(everyCaptioner)[0], tinyInputs);
  const learnerFrom = (state = initialOptimizerState(initializeWeights(captioner.specs, 3), options)) =>
    new Learner(captioner, { ...options, precision: 'float32' }, state);

  it('resumes from a state as if it had not stopped', () => {
    const whole = learnerFrom();
    const half = learnerFrom();
    for (let step = 0; step < 2; step++) for (const one of [whole, half]) take(one, step);
    const resumed = learnerFrom(half.state());
    for (const one of [whole, resumed]) take(one, 2);
    assertAllClose(resumed.state(), whole.state(), 0);
    for (const one of [whole, half, resumed]) one.dispose();
  });

  it('learns nothing from a loss that is not finite', () => {
    const learner = learnerFrom();
    take(learner, 0);
    const before = learner.state();
    const { loss, norm } = take(learner, 1, Infinity);
    assert.ok(!Number.isFinite(loss) || !Number.isFinite(norm));
    assertAllClose(learner.state(), before, 0);
    learner.dispose();
  });

  it('is evaluated by its EMA, or by its weights where there is none', () => {
    const learner = learnerFrom();
    take(learner, 0);
    const { ema, weights } = learner.state();
    assertAllClose(learner.evaluationWeights(), ema!, 0);
    const [name] = Object.keys(weights);
    assert.ok(tf.max(tf.abs(tf.sub(ema![name], weights[name]))).dataSync()[0] > 0);
    learner.dispose();

    const withoutEma = { ...options, emaDecay: 0, precision: 'float32' as const };
    const state = initialOptimizerState(initializeWeights(captioner.specs, 3), withoutEma);
    const plain = new Learner(captioner, withoutEma, state);
    take(plain, 0);
    assertAllClose(plain.evaluationWeights(), plain.weights, 0);
    plain.dispose();
  });

  it('leaves no tensors behind', () => {
    const batch = batchOf(0);
    learnerFrom().dispose();
    const run = () => {
      const learner = learnerFrom();
      for (let i = 0; i < 3; i++) learner.step(batch, [1, 0], ratesOf(0));
      tf.dispose([learner.state(), learner.evaluationWeights()]);
      learner.dispose();
    };
    run(); // brings the batch to TensorFlow
    const before = nativeTensorCount();
    run();
    assert.equal(nativeTensorCount(), before);
  });
});
