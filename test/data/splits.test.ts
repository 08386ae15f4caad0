import assert from 'node:assert';
import {
  limitSplits,
  listedSplits,
  parseImageList,
  randomSplits,
  withValidation,
} from '../../lib/data/splits';
import type { Splits } from '../../lib/data/types';

const ids = Array.from({ length: 200 }, (_, i) => `${i}.jpg`);

function assertDisjoint(splits: Splits): void {
  const all = [...splits.train, ...splits.validation, ...splits.test];
  assert.strictEqual(new Set(all).size, all.length);
}

describe('random splits', () => {
  it('put a tenth of the images aside, each image on one side', () => {
    const splits = randomSplits(ids, 1);
    assertDisjoint(splits);
    assert.strictEqual(splits.train.length, 180);
    assert.strictEqual(splits.validation.length, 20);
  });

  it('put at least one of two or more images aside', () => {
    const sizes = [0, 1, 2, 3, 4, 5, 14, 15].map((count) => {
      const { train, validation } = randomSplits(ids.slice(0, count), 1);
      return [train.length, validation.length];
    });
    assert.deepStrictEqual(sizes, [[0, 0], [1, 0], [1, 1], [2, 1], [3, 1], [4, 1], [13, 1], [13, 2]]); // prettier-ignore
  });

  it('depend on the seed alone, not on the order of the images', () => {
    assert.deepStrictEqual(randomSplits(ids, 1), randomSplits(ids, 1));
    assert.notDeepStrictEqual(randomSplits(ids, 1).validation, randomSplits(ids, 2).validation);
    assert.deepStrictEqual(
      randomSplits([...ids].reverse(), 1).validation.sort(),
      randomSplits(ids, 1).validation.sort(),
    );
  });
});

describe('listed splits', () => {
  it('follow the lists and list what does not fit', () => {
    const lists = {
      train: parseImageList('0.jpg\r\n1\r\n\r\n2.jpg\n'),
      validation: ['3.jpg', '2.jpg'],
      test: ['4.jpg', '3.jpg', 'gone.jpg'],
    };
    const { splits, problems } = listedSplits(ids.slice(0, 6), lists);
    assert.deepStrictEqual(splits, {
      train: ['0.jpg', '1.jpg'],
      validation: ['2.jpg'], // not trained on, since it is validated on
      test: ['3.jpg', '4.jpg'],
    });
    assert.deepStrictEqual(
      problems.map(({ where }) => where),
      ['gone.jpg', '3.jpg', '2.jpg', '5.jpg'],
    );
  });

  it('may write names without their ending, in upper case or with accents in another form', () => {
    const names = ['A.jpg', '\u00e9.png', 'b.jpg', 'B.jpg', 'c.d'];
    const { splits, problems } = listedSplits(names, {
      train: ['a', 'e\u0301.jpg'],
      validation: ['b', 'B.jpg', 'c.d'],
    });
    assert.deepStrictEqual(splits, {
      train: ['A.jpg', '\u00e9.png'],
      validation: ['B.jpg', 'c.d'],
      test: [],
    });
    assert.deepStrictEqual(
      problems.map(({ where }) => where),
      ['b', 'b.jpg'], // one of two: which is not told
    );
  });

  it('take a seeded tenth of the training images where there is no validation list', () => {
    const splits = withValidation({ train: ids, validation: [], test: ['t.jpg'] }, 1);
    assertDisjoint(splits);
    assert.strictEqual(splits.validation.length, 20);
    assert.deepStrictEqual(splits.test, ['t.jpg']);
  });
});

describe('a limit', () => {
  const splits = { train: ids.slice(0, 160), validation: ids.slice(160), test: [] };

  it('takes a share of each split, and all where it is 0', () => {
    const limited = limitSplits(splits, 50, 1);
    assert.deepStrictEqual(
      [limited.train.length, limited.validation.length, limited.test.length],
      [40, 10, 0],
    );
    assert.deepStrictEqual(limitSplits(splits, 0, 1), splits);
    assert.deepStrictEqual(limitSplits(splits, 500, 1), splits);
  });

  it('keeps something of each split, and a part of what a larger limit keeps', () => {
    const small = limitSplits(splits, 2, 1);
    assert.deepStrictEqual([small.train.length, small.validation.length], [1, 1]);
    const large = new Set(limitSplits(splits, 100, 1).train);
    assert.ok(limitSplits(splits, 50, 1).train.every((id) => large.has(id)));
  });
});
