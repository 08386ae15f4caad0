import assert from 'node:assert/strict';
import { trainingOptions, type TrainingOptions } from '../../lib/training/options';
import type { EpochRecord } from '../../lib/training/record';
import { learningRate } from '../../lib/training/schedule';

const options = trainingOptions.parse({
  learningRate: 0.01,
  warmupSteps: 10,
  finalLearningRateFactor: 0.1,
  epochs: 1,
});
const fresh = { timeUsed: 0, epochs: [] };
const rate = (step: number, steps = 110, timeUsed = 0) =>
  learningRate(step, steps, options, { ...fresh, timeUsed });
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
    close(rate(11, 110, 0.5), 0.0055);
    close(rate(109, 110, 0.5), rate(109));
    close(rate(11, 110, 1.1), 0.001);
    close(rate(4, 110, 0.9), 0.005); // warm-up has its steps
  });

  it('stays at its final share beyond the last step', () => close(rate(500), 0.001));

  it('warms up over no more than a fifth of a short training, and needs no warm-up', () => {
    close(rate(0, 20), 0.0025);
    close(rate(3, 20), 0.01);
    close(rate(0, 1), 0.01);
    close(learningRate(0, 50, { ...options, warmupSteps: 0 }, fresh), 0.01);
  });

  /** After a warm-up of 10 steps and epochs of 100 steps with these validation losses. */
  const rateAfter = (losses: number[], changes: Partial<TrainingOptions>, step = 100 * losses.length) => {
    const epochs = losses.map((validationLoss, i) => ({ epoch: i + 1, validationLoss }) as EpochRecord);
    return learningRate(step, 100, { ...options, epochs: 20, ...changes }, { timeUsed: 0.9, epochs });
  };

  it('is halved each time that so many epochs brought no lower validation loss', () => {
    const after = (...losses: number[]) => rateAfter(losses, { schedule: 'plateau', plateauPatience: 2 });
    close(after(), 0.001); // warm-up comes first
    close(after(3), 0.01);
    close(after(3, 2.9, 2.8, 2.8), 0.01); // one epoch without
    close(after(3, 2.9, 2.8, 2.8, 2.9), 0.005); // two
    close(after(3, 2.9, 2.8, 2.8, 2.9, 3), 0.005); // counted anew
    close(after(3, 2.9, 2.8, 2.8, 2.9, 2.85, 2.81), 0.0025); // not below the lowest
    close(after(3, 2.9, 2.8, 2.8, 2.9, 2.7, 2.75), 0.005);
    close(rateAfter([3, 3], { schedule: 'plateau', plateauPatience: 1, plateauFactor: 0.1 }), 0.001);
    close(after(NaN, NaN), 0.005); // without validation captions no loss is lower
  });

  it('falls by the same factor after each epoch', () => {
    const exponential = { schedule: 'exponential', decay: 0.8 } as const;
    close(rateAfter([], exponential, 4), 0.005);
    close(rateAfter([], exponential, 99), 0.01);
    close(rateAfter([3], exponential, 100), 0.008);
    close(rateAfter([3, 3, 3], exponential, 399), 0.01 * 0.8 ** 3);
  });

  it('stays where it is asked to', () => {
    close(rateAfter([3, 3, 3, 3, 3, 3], { schedule: 'constant' }), 0.01);
    close(rateAfter([], { schedule: 'constant' }, 0), 0.001);
  });
});
