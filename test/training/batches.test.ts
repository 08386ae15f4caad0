import assert from 'node:assert/strict';
import { END, PAD, START } from '../../lib/tokenizer';
import { Random } from '../../lib/random';
import {
  bucketLengths,
  epochBatches,
  groupCaptions,
  makeBatch,
  type Batch,
  type Example,
  type CaptionGroup,
} from '../../lib/training/batches';

const random = new Random(1);
/** 101 captions of 1 to 12 words; each has words of its own. */
const examples: Example[] = Array.from({ length: 101 }, (_, i) => ({
  image: `image${i % 20}`,
  tokens: [START, ...Array.from({ length: 1 + random.int(12) }, (_unused, j) => 4 + 20 * i + j), END],
}));

const key = (image: string, tokens: number[]) => `${image}: ${tokens.join(' ')}`;

/** The captions of a batch as they were, from the rows that count. */
function captionsOf({ images, tokens, targets, lossWeights: weights, rows, steps }: Batch): string[] {
  return Array.from({ length: rows }, (_, row) => row)
    .filter((row) => weights[row * steps] > 0)
    .map((row) => {
      const length = weights.subarray(row * steps, (row + 1) * steps).reduce((sum, w) => sum + w, 0);
      const read = [...tokens.slice(row * steps, row * steps + length)];
      const asked = [...targets.slice(row * steps, row * steps + length)];
      assert.deepEqual(asked.slice(0, -1), read.slice(1)); // the same words one later
      return key(images[Math.floor((row * images.length) / rows)], [...read, asked[length - 1]]);
    });
}

for (const size of [1, 3, 5]) {
  describe(`batches with ${size} caption(s) of an image side by side`, () => {
    const groups = groupCaptions(examples, size);
    const lengths = bucketLengths(groups, 4);
    const images = Math.round(8 / size);
    const epoch = (number: number, seed = 1) => epochBatches(groups, lengths, 8, seed, number);
    const all = examples.map(({ image, tokens }) => key(image, tokens)).sort();

    it('hold every caption exactly once an epoch', () => {
      for (const number of [1, 2, 3]) assert.deepEqual(epoch(number).flatMap(captionsOf).sort(), all);
    });

    it('of one bucket are equally large, those of the longest but for one group, and none is too large', () => {
      for (const steps of lengths) {
        const sizes = epoch(1).filter((batch) => batch.steps === steps).map((batch) => batch.images.length); // prettier-ignore
        assert.ok(Math.max(...sizes) <= images);
        assert.ok(Math.max(...sizes) - Math.min(...sizes) <= (steps === lengths.at(-1) ? 1 : 0));
        assert.deepEqual(
          sizes.sort(),
          epoch(2).filter((batch) => batch.steps === steps).map((batch) => batch.images.length).sort(), // prettier-ignore
        );
      }
    });

    it('are at most one more a bucket than if none handed groups on', () => {
      const bucketOf = (group: CaptionGroup) =>
        lengths.find((steps) => group.every(({ tokens }) => tokens.length - 1 <= steps));
      const counts = lengths.map((steps) => groups.filter((group) => bucketOf(group) === steps).length);
      const expected = counts.reduce((sum, count) => sum + Math.ceil(count / images), 0);
      const more = epoch(1).length - expected;
      assert.ok(more >= 0 && more < lengths.length, `${more} more than ${expected}`);
    });

    it('are one where captions are fewer than a batch of their length may hold', () => {
      const few = epochBatches(groups.slice(0, 3), lengths.slice(-1), 512, 1, 1);
      assert.deepEqual(
        few.map(({ rows }) => rows),
        [3 * Math.max(...groups.slice(0, 3).map((group) => group.length))],
      );
    });

    it('have as many rows for each image, a bucket length, and no weight on padding', () => {
      for (const batch of epoch(1)) {
        assert.equal(batch.rows, batch.images.length * size);
        assert.ok(batch.captions <= batch.rows && (size > 1 || batch.captions === batch.rows));
        assert.ok(lengths.includes(batch.steps));
        assert.deepEqual(
          [...batch.lossWeights],
          [...batch.targets].map((target) => (target === PAD ? 0 : 1)),
        );
        assert.ok(batch.images.every((image) => image !== undefined));
      }
    });

    it('hold captions of one bucket, and fewer than one a batch of the next shorter one', () => {
      const shorter = new Map<number, number>(); // groups that came from a shorter bucket
      for (const { steps, rows, lossWeights: weights } of epoch(1)) {
        const below = lengths[lengths.indexOf(steps) - 1] ?? 0;
        const lengthOf = (row: number) =>
          weights.subarray(row * steps, (row + 1) * steps).reduce((sum, w) => sum + w, 0);
        for (let first = 0; first < rows; first += size) {
          const longest = Math.max(...Array.from({ length: size }, (_, i) => lengthOf(first + i)));
          assert.ok(longest > 0 && longest <= steps);
          if (longest <= below) shorter.set(steps, (shorter.get(steps) ?? 0) + 1);
        }
      }
      for (const [steps, count] of shorter) {
        const below = lengths[lengths.indexOf(steps) - 1];
        assert.ok(count < epoch(1).filter((batch) => batch.steps === below).length, `${count} in ${steps}`);
      }
    });

    it('are the same for the same seed and epoch, and others for another', () => {
      assert.deepEqual(epoch(2), epoch(2));
      assert.notDeepEqual(epoch(2), epoch(3));
      assert.notDeepEqual(epoch(2), epoch(2, 9));
      assert.equal(epoch(2).length, epoch(3).length);
    });

    it('mix lengths and captions in another order than they came', () => {
      const steps = epoch(1).map((batch) => batch.steps);
      assert.notDeepEqual(
        steps,
        [...steps].sort((a, b) => a - b),
      );
      assert.notDeepEqual(epoch(1).flatMap(captionsOf), epoch(2).flatMap(captionsOf));
    });

    it('have rows that do not count where an image has fewer captions than others', () => {
      const group = [{ image: 'a', tokens: [START, 7, END] }];
      const batch = makeBatch([group], { size: 3, steps: 4 });
      assert.deepEqual([batch.images, batch.rows, batch.captions], [['a'], 3, 1]);
      assert.deepEqual([...batch.tokens], [START, 7, ...new Array<number>(10).fill(PAD)]);
      assert.deepEqual([...batch.targets], [7, END, ...new Array<number>(10).fill(PAD)]);
      assert.deepEqual([...batch.lossWeights], [1, 1, ...new Array<number>(10).fill(0)]);
    });
  });
}

describe('groups of captions', () => {
  it('hold so many of one image at most, in their order, those that name a side apart', () => {
    const of = (image: string, word: number, mentionsLeftRight?: boolean): Example => ({
      image,
      tokens: [word],
      ...(mentionsLeftRight ? { mentionsLeftRight } : {}),
    });
    const captions = [of('a', 1), of('b', 2), of('a', 3), of('a', 4), of('a', 5, true), of('b', 6)];
    const tokens = groupCaptions(captions, 2).map((group) => group.map((one) => one.tokens[0]));
    assert.deepEqual(tokens, [[1, 3], [2, 6], [4], [5]]);
  });
});

describe('bucket lengths', () => {
  const ofLength = (...steps: number[]): CaptionGroup[] =>
    steps.map((n) => [{ image: 'a', tokens: new Array<number>(n + 1).fill(4) }]);

  /** The least padding of any choice of at most so many lengths, by trying them all. */
  function leastSteps(lengths: number[], buckets: number): number {
    const distinct = [...new Set(lengths)].sort((a, b) => a - b);
    let least = Infinity;
    for (let choice = 0; choice < 2 ** distinct.length; choice++) {
      const chosen = distinct.filter((_, i) => choice & (1 << i));
      if (chosen.length <= buckets && chosen.at(-1) === distinct.at(-1))
        least = Math.min(least, stepsOf(lengths, chosen));
    }
    return least;
  }

  const stepsOf = (lengths: number[], chosen: number[]) =>
    lengths.reduce((sum, length) => sum + chosen.find((steps) => steps >= length)!, 0);

  it('pad least of all choices, and reach to the longest caption', () => {
    const drawn = Array.from({ length: 60 }, () => 1 + Math.floor(9 * random.next() ** 2));
    for (const lengths of [drawn, [8, 1, 2, 7, 3, 4, 5, 6], [3, 3, 3, 3, 9, 8, 4]]) {
      for (const buckets of [1, 2, 3, 6]) {
        const chosen = bucketLengths(ofLength(...lengths), buckets);
        assert.ok(chosen.length <= buckets && chosen.at(-1) === Math.max(...lengths));
        assert.equal(stepsOf(lengths, chosen), leastSteps(lengths, buckets), chosen.join());
      }
    }
  });

  it('of 5 captions of 3 words and one of 9 are these two', () => {
    assert.deepEqual(bucketLengths(ofLength(3, 3, 3, 3, 3, 9), 2), [3, 9]);
  });

  it('are few where captions are few or of one length', () => {
    assert.deepEqual(bucketLengths(ofLength(5, 5, 5, 5), 6), [5]);
    assert.deepEqual(bucketLengths(ofLength(5, 2), 6), [2, 5]);
  });
});
