import assert from 'node:assert/strict';
import { groupByValue, importanceOf } from '../../lib/tuning/importance';

const observations = (pairs: [unknown, number][]) => pairs.map(([value, score]) => ({ value, score }));
const close = (actual: number | undefined, expected: number) =>
  assert.ok(actual !== undefined && Math.abs(actual - expected) < 1e-9, `${actual}`);

describe('tuning: importance', () => {
  it('is epsilon squared of a one-way analysis of variance', () => {
    // Means 2, 3 and 7, grand mean 4: 42 between the groups, 6 within, 48 in all; F = 21.
    const data = observations(
      [['a', 1], ['a', 2], ['a', 3], ['b', 2], ['b', 3], ['b', 4], ['c', 6], ['c', 7], ['c', 8]],
    ); // prettier-ignore
    close(importanceOf(data), (42 - 2 * (6 / 6)) / 48);
  });

  it('is 1 where values tell all, and 0 where they tell no more than chance', () => {
    close(importanceOf(observations([['a', 1], ['a', 1], ['b', 2], ['b', 2]])), 1); // prettier-ignore
    close(importanceOf(observations([['a', 1], ['a', 3], ['b', 1], ['b', 3]])), 0); // prettier-ignore
  });

  it('can not be said of one group, of as many groups as trials, and of scores all the same', () => {
    assert.equal(importanceOf([]), undefined);
    assert.equal(importanceOf(observations([['a', 1], ['a', 2]])), undefined); // prettier-ignore
    assert.equal(importanceOf(observations([['a', 1], ['b', 2]])), undefined); // prettier-ignore
    assert.equal(importanceOf(observations([['a', 1], ['a', 1], ['b', 1]])), undefined); // prettier-ignore
  });

  it('groups equal values, lists too, with the median of their scores', () => {
    const groups = groupByValue(observations([[[2], 5], [[1, 1], 1], [[2], 7], [[2], 9]])); // prettier-ignore
    assert.deepEqual(
      groups.map(({ value, trials, median }) => [value, trials.length, median]),
      [
        [[2], 3, 7],
        [[1, 1], 1, 1],
      ],
    );
  });

  it('orders numbers by size, and puts those that seldom repeat into thirds', () => {
    const few = groupByValue(observations([[10, 1], [9, 2], [10, 3]])); // prettier-ignore
    assert.deepEqual(few.map(({ value, median }) => [value, median]), [[9, 2], [10, 2]]); // prettier-ignore
    const many = groupByValue(
      observations([0.6, 0.1, 0.2, 0.3, 0.4, 0.5].map((value) => [value, 10 * value])),
    );
    assert.deepEqual(many.map(({ trials }) => trials.length), [2, 2, 2]); // prettier-ignore
    many.forEach(({ value, median }, i) => {
      close(value as number, 0.15 + 0.2 * i);
      close(median, 1.5 + 2 * i);
    });
  });

  it('keeps equal numbers in one third', () => {
    const groups = groupByValue(observations([[1, 0], [1, 0], [1, 0], [2, 0], [3, 0], [4, 0], [5, 0]])); // prettier-ignore
    assert.deepEqual(groups.map(({ trials }) => trials.length), [3, 2, 2]); // prettier-ignore
  });
});
