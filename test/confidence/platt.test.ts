import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { plattScaling, sigmoidAt } from '../../lib/confidence/platt';
import { measureReliability } from '../../lib/confidence/reliability';

interface Case {
  name: string;
  numbers: number[];
  outcomes: boolean[];
  slope: number;
  intercept: number;
  predicted: number[];
  brier: number;
}

const FILE = join(__dirname, '..', 'fixtures', 'confidence', 'platt.json');
const { cases } = JSON.parse(readFileSync(FILE, 'utf8')) as { cases: Case[] };

function assertNear(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, expected ${expected}`);
}

describe('Platt scaling', () => {
  for (const { name, numbers, outcomes, slope, intercept, predicted, brier } of cases) {
    it(`of ${name} is scikit-learn's`, () => {
      const fitted = plattScaling(numbers, outcomes);
      // L-BFGS stops a little before the minimum, where Newton's method ends.
      assertNear(fitted.slope, slope, 1e-3 * Math.abs(slope));
      assertNear(fitted.intercept, intercept, 1e-3 * Math.abs(intercept) + 1e-3);
      numbers.forEach((number, i) => assertNear(sigmoidAt(fitted, number), predicted[i], 1e-4));
      const { brier: own } = measureReliability(numbers.map((number) => sigmoidAt(fitted, number)), outcomes); // prettier-ignore
      assertNear(own, brier, 1e-5);
    });
  }

  it('ends where the gradient is zero', () => {
    const { numbers, outcomes } = cases[0];
    const fitted = plattScaling(numbers, outcomes);
    const hits = outcomes.filter(Boolean).length;
    const misses = outcomes.length - hits;
    const errors = numbers.map((x, i) => sigmoidAt(fitted, x) - (outcomes[i] ? (hits + 1) / (hits + 2) : 1 / (misses + 2))); // prettier-ignore
    assertNear(errors.reduce((sum, error) => sum + error, 0), 0, 1e-6); // prettier-ignore
    assertNear(errors.reduce((sum, error, i) => sum + error * numbers[i], 0), 0, 1e-6); // prettier-ignore
  });

  it('says the share of all where the numbers say nothing', () => {
    const outcomes = Array.from({ length: 100 }, (_, i) => i % 4 === 0);
    const fitted = plattScaling(new Array<number>(100).fill(-1.5), outcomes);
    assertNear(fitted.slope, 0, 1e-9);
    assertNear(sigmoidAt(fitted, -1.5), 0.25, 0.01); // Platt's targets draw it a little to the middle
  });

  it('refuses what has no outcome', () => {
    assert.throws(() => plattScaling([], []), /as many outcomes/);
    assert.throws(() => plattScaling([1, 2], [true]), /as many outcomes/);
  });
});

describe('reliability', () => {
  it('is what is counted by hand', () => {
    const { brier, ece, bins } = measureReliability([0, 0.05, 0.62, 0.68, 1], [false, true, true, false, true]); // prettier-ignore
    assert.deepEqual(
      bins.map(({ from, to, count, observed }) => [from, to, count, observed]),
      [
        [0, 0.1, 2, 0.5],
        [0.6, 0.7, 2, 0.5],
        [0.9, 1, 1, 1],
      ],
    );
    assertNear(bins[1].predicted, 0.65, 1e-12);
    // (0 + 0.95^2 + 0.38^2 + 0.68^2 + 0) / 5, and (2 * 0.475 + 2 * 0.15 + 0) / 5
    assertNear(brier, 0.30186, 1e-9);
    assertNear(ece, 0.25, 1e-12);
  });

  it('is perfect where each probability is the share that came true', () => {
    const predicted = Array.from({ length: 1000 }, (_, i) => (Math.floor(i / 100) + 0.5) / 10);
    const outcomes = predicted.map((probability, i) => i % 100 < Math.round(100 * probability));
    assertNear(measureReliability(predicted, outcomes).ece, 0, 1e-9);
  });
});
