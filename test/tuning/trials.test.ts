import assert from 'node:assert/strict';
import path from 'node:path';
import type { Overrides } from '../../lib/config/types';
import { makeTrials, type Sampling } from '../../lib/tuning/trials';
import type { SearchSpace } from '../../lib/tuning/search-space';
import { optionOf } from '../helpers/option-of';
import { assertUserError } from '../helpers/user-error';

const base: Overrides = { preset: 'tiny', training: { seed: 4 } };
const ids = (trials: { id: string }[]) => trials.map(({ id }) => id);

describe('tuning: trials', () => {
  const make = (space: SearchSpace, sampling: Sampling, given = base) =>
    makeTrials(given, space, sampling, 'out');
  const grid = (space: SearchSpace, given = base) => make(space, { method: 'grid' }, given);
  const random = (space: SearchSpace, trials: number, given = base) =>
    make(space, { method: 'random', trials }, given);
  const range = { low: 0, high: 0.5, scale: 'linear' } as const;

  it('a grid tries all values with all, on top of what they have in common', () => {
    const trials = grid({ learningRate: [1e-3, 2e-3], layers: [1, 2, 3] });
    assert.deepEqual(
      trials.map(({ values }) => [values.learningRate, values.layers]),
      [1e-3, 2e-3].flatMap((rate) => [1, 2, 3].map((layers) => [rate, layers])),
    );
    for (const { id, values, configuration } of trials) {
      assert.equal(configuration.training.learningRate, values.learningRate);
      assert.equal(optionOf(configuration.captioner, 'layers'), values.layers);
      assert.deepEqual([configuration.training.seed, configuration.data.limit], [4, 24]);
      assert.equal(configuration.model, path.join('out', id));
    }
    assert.equal(new Set(ids(trials)).size, 6);
  });

  it('the same configuration is the same trial, however it came about', () => {
    const [first] = grid({ learningRate: [1e-3], epochs: [2] });
    assert.equal(
      grid({ epochs: [5, 2] }, { ...base, training: { seed: 4, learningRate: 1e-3 } })[1].id,
      first.id,
    );
    assert.equal(grid({ learningRate: [1e-3, 1e-3] }).length, 1);
    assert.notEqual(
      grid({ learningRate: [1e-3] }, { preset: 'tiny' })[0].id,
      grid({ learningRate: [1e-3] })[0].id,
    );
  });

  it('random trials come from the seed alone; more of them begin with the same', () => {
    const space = { dropout: range, batchSize: [8, 16] };
    const five = random(space, 5);
    assert.equal(new Set(ids(five)).size, 5);
    assert.deepEqual(ids(random(space, 5)), ids(five));
    assert.deepEqual(ids(random(space, 9)).slice(0, 5), ids(five));
    assert.notDeepEqual(ids(random(space, 5, { ...base, training: { seed: 5 } })), ids(five));
  });

  it('another hyperparameter leaves the draws of the others', () => {
    const values = (space: SearchSpace) => random(space, 5).map((trial) => trial.values.dropout);
    assert.deepEqual(
      values({ clipNorm: { low: 1, high: 2, scale: 'log' }, dropout: range }),
      values({ dropout: range }),
    );
  });

  it('random trials are no more than there are', () =>
    assert.equal(random({ epochs: [1, 2, 3] }, 10).length, 3));

  it('a size is tried with the captioners that have it', () => {
    const trials = grid(
      { captioner: ['transformer', 'show-and-tell'], units: [8, 9] },
      { ...base, captioner: { encoderLayers: 2, embedding: 12 } },
    );
    assert.deepEqual(
      trials.map(({ values }) => values),
      [
        { captioner: 'transformer' },
        { captioner: 'show-and-tell', units: 8 },
        { captioner: 'show-and-tell', units: 9 },
      ],
    );
    const encoderLayers = trials.map(({ configuration }) =>
      optionOf(configuration.captioner, 'encoderLayers'),
    );
    assert.deepEqual(encoderLayers, [2, undefined, undefined]);
    assert.ok(trials.every(({ configuration }) => optionOf(configuration.captioner, 'embedding') === 12));
  });

  it('tries an option only where it has an effect, and keeps what is given for some of the trials', () => {
    const trials = grid(
      { method: ['beam', 'sample'], topK: [5, 9] },
      { ...base, decoding: { beamWidth: 3 } },
    );
    assert.deepEqual(
      trials.map(({ values, configuration: { decoding } }) => [values, decoding.beamWidth]),
      [
        [{ method: 'beam' }, 3],
        [{ method: 'sample', topK: 5 }, 5],
        [{ method: 'sample', topK: 9 }, 5],
      ],
    );
  });

  const wrong: [what: string, space: SearchSpace, sentence: RegExp, given?: Overrides][] = [
    ['nothing to try', {}, /Nothing to try/],
    ['a name that is none', { learnRate: [1] }, /"learnRate".*learningRate/],
    ['a value out of its range', { epochs: [1, 0] }, /training\.epochs.*0/],
    ['a range in a grid', { dropout: range }, /grid needs a list of values of dropout, not a range/],
    ['a size that the captioner has not', { units: [3] }, /option units/],
    ['an option without effect', { topK: [0, 5] }, /option topK has no effect.* method sample/],
    [
      'an option given that has no effect',
      { epochs: [1, 2] },
      /option scstSamples has no effect in any trial: give scstEpochs too/,
      { training: { scstSamples: 3 } },
    ],
    [
      'a size given that the captioner has not',
      { epochs: [1] },
      /units has no effect in any trial: it counts with captioner attention-lstm or show-and-tell/,
      { captioner: { units: 3 } },
    ],
  ];
  for (const [what, space, sentence, given] of wrong)
    it(`refuses ${what}`, () => assertUserError(() => grid(space, given ?? base), sentence));
});
