import assert from 'node:assert/strict';
import { learningRate } from '../../lib/training/schedule';

const options = { learningRate: 0.01, warmupSteps: 10, finalLearningRate: 0.1 };
const rate = (step: number, steps = 110) => learningRate(step, steps, options);
const close = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual}`);

describe('learning rate', () => {
  it('rises in equal steps over the warm-up', () => {
    [0.001, 0.002, 0.003].forEach((expected, step) => close(rate(step), expected));
    close(rate(9), 0.01);
    close(rate(10), 0.01);
  });

  it('then falls along half a cosine to its final share', () => {
    close(rate(60), 0.0055); // half-way between 0.01 and 0.001
    close(rate(35), 0.001 + (0.009 * (1 + Math.SQRT1_2)) / 2);
    close(rate(110), 0.001);
    for (let step = 11; step < 110; step++) assert.ok(rate(step) < rate(step - 1));
  });

  it('falls with the time where that ends first', () => {
    close(learningRate(11, 110, options, 0.5), 0.0055);
    close(learningRate(109, 110, options, 0.5), rate(109));
    close(learningRate(11, 110, options, 1.1), 0.001);
    close(learningRate(4, 110, options, 0.9), 0.005); // warm-up has its steps
  });

  it('stays at its final share beyond the last step', () => close(rate(500), 0.001));

  it('warms up over no more than a fifth of a short training, and needs no warm-up', () => {
    close(rate(0, 20), 0.0025);
    close(rate(3, 20), 0.01);
    close(rate(0, 1), 0.01);
    close(learningRate(0, 50, { ...options, warmupSteps: 0 }), 0.01);
  });
});
