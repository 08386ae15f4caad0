import '../../../lib/native/backend';
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { nativeTensorCount } from '../../../lib/native/backend';
import type { EncoderDefinition } from '../../../lib/vision/encoders/definition';
import { makeEncoder, type Encoder } from '../../../lib/vision/encoders/encoder';
import { areaShares, fuseEncoders } from '../../../lib/vision/encoders/fused-encoder';
import { FeatureExtractor } from '../../../lib/vision/features/feature-extractor';
import { toyEncoder, type ToySizes } from '../../helpers/toy-encoder';
import { assertUserError } from '../../helpers/user-error';

const near = (actual: ArrayLike<number>, expected: readonly number[], tolerance = 1e-5) => {
  assert.equal(actual.length, expected.length);
  expected.forEach((value, i) => assert.ok(Math.abs(actual[i] - value) <= tolerance, `${i}: ${actual[i]}`));
};

describe('shares of cells in the cells of another grid', () => {
  it('are quarters in a grid of half as many rows and columns', () => {
    const shares = areaShares([2, 2], [4, 4]);
    const cellsOf = (cell: number) => [...shares.subarray(16 * cell, 16 * (cell + 1))];
    near(cellsOf(0), [0.25, 0.25, 0, 0, 0.25, 0.25, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    near(cellsOf(3), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.25, 0.25, 0, 0, 0.25, 0.25]);
  });

  it('are the lengths that cells have in common, where the borders differ', () => {
    // a seventh of the line is 10/7 cells
    const shares = areaShares([7, 1], [10, 1]);
    near(shares.subarray(0, 10), [0.7, 0.3, 0, 0, 0, 0, 0, 0, 0, 0]);
    near(shares.subarray(10, 20), [0, 0.4, 0.6, 0, 0, 0, 0, 0, 0, 0]);
    near(shares.subarray(30, 40), [0, 0, 0, 0, 0.5, 0.5, 0, 0, 0, 0]);
  });

  it('are 1 for the cell that a smaller one lies in', () => {
    near(areaShares([2, 2], [1, 1]), [1, 1, 1, 1]);
    near(areaShares([1, 4], [1, 2]), [1, 0, 1, 0, 0, 1, 0, 1]);
  });

  it('sum to 1 in each cell', () => {
    for (const [grid, other] of [[[7, 7], [10, 10]], [[7, 7], [9, 9]], [[10, 8], [3, 19]]] as [[number, number], [number, number]][]) {
      const cells = other[0] * other[1];
      const shares = areaShares(grid, other);
      for (let cell = 0; cell < grid[0] * grid[1]; cell++)
        near([shares.subarray(cell * cells, (cell + 1) * cells).reduce((sum, share) => sum + share, 0)], [1]);
    }
  }); // prettier-ignore
});

describe('several encoders as one', () => {
  const first: ToySizes = { name: 'first', grid: [2, 3], cell: 4, channels: 2 };
  const same: ToySizes = { name: 'same', grid: [2, 3], cell: 8, channels: 3 };
  const fine: ToySizes = { name: 'fine', grid: [4, 6], cell: 2, channels: 1 };

  let tensors = 0;
  beforeEach(() => (tensors = nativeTensorCount()));
  afterEach(() => assert.equal(nativeTensorCount(), tensors, 'tensors are left'));

  function make(sizes: ToySizes, changes: Partial<EncoderDefinition> = {}): Encoder {
    const { name, channels } = sizes;
    const values = Float32Array.from({ length: 3 * channels }, (_, i) => Math.sin(i + channels));
    const arrays = new Map([[name, { shape: [3, channels], values }]]);
    return makeEncoder(toyEncoder(sizes, changes), { arrays, weightsHash: name, source: name }, '');
  }
  const fuse = (...sizes: ToySizes[]) => fuseEncoders(sizes.map((one) => make(one)), 'hash'); // prettier-ignore
  const image = (height: number, width: number) =>
    tf.randomUniform<tf.Rank.R4>([2, height, width, 3], 0, 255, 'float32', 1);

  it('have the names and end points of all, the grid of the first and the channels together', () => {
    const encoder = fuse(first, same, fine);
    const { name, endPoint, weightsHash, grid, regions, channels } = encoder;
    assert.deepEqual([name, endPoint], ['first+same+fine', 'colors+colors+colors']);
    assert.deepEqual([weightsHash, grid, regions, channels], ['hash', [2, 3], 6, 6]);
    encoder.dispose();
  });

  it('take images of the largest size that one of them takes, and each sees them in its own', () => {
    const encoder = fuse(first, same);
    assert.deepEqual(encoder.input, { height: 16, width: 24 });
    tf.tidy(() => {
      const large = image(16, 24);
      const small = tf.image.resizeBilinear(large, [8, 12], false, true);
      const [a, b] = [make(first), make(same)];
      const expected = tf.concat([a.forward(small), b.forward(large)], 2);
      assert.deepEqual(encoder.forward(large).dataSync(), expected.dataSync());
      a.dispose();
      b.dispose();
    });
    encoder.dispose();
  });

  it('give in each region the features of the first, then of the others, averaged over its area', () => {
    const encoder = fuse(first, fine);
    tf.tidy(() => {
      const pixels = image(8, 12);
      const [a, b] = [make(first), make(fine)];
      const [own, other] = [a.forward(pixels).arraySync(), b.forward(pixels).arraySync()];
      const fused = encoder.forward(pixels);
      assert.deepEqual(fused.shape, [2, 6, 3]);
      fused.arraySync().forEach((regions, i) =>
        regions.forEach((features, region) => {
          const corner = 12 * Math.floor(region / 3) + 2 * (region % 3); // of its four cells in the fine grid
          const cells = [0, 1, 6, 7].map((step) => other[i][corner + step][0]);
          near(features, [...own[i][region], cells.reduce((sum, value) => sum + value, 0) / 4]);
        }),
      );
      a.dispose();
      b.dispose();
    });
    encoder.dispose();
  });

  it('list what their graph needs: their weights, and shares where the grids differ', () => {
    const encoder = fuse(first, same, fine);
    assert.deepEqual(
      encoder.weights.map(({ shape }) => shape),
      [[3, 2], [3, 3], [3, 1], [6, 24]], // prettier-ignore
    );
    encoder.dispose();
    assert.ok(encoder.weights.every(({ isDisposed }) => isDisposed));
  });

  it('have a feature cache of their own, for each order and each set of weights', () => {
    const encoders = [make(first), fuse(first, same), fuse(same, first), { ...fuse(first, same), weightsHash: 'other' }];
    const extractors = encoders.map((encoder) => new FeatureExtractor(encoder, 'float32', 2));
    const keys = extractors.map(({ key }) => key);
    assert.equal(new Set(keys).size, 4, keys.join());
    assert.match(keys[1], /^first\+same-colors\+colors-hash-v\d+$/);
    for (const extractor of extractors) extractor.dispose();
    for (const encoder of encoders) encoder.dispose();
  }); // prettier-ignore

  it('must look at the whole image, in regions that all have a place', async () => {
    const whole = make(first);
    const cut = make(same, {
      input: { height: 16, width: 24, resize: { shorterSide: 24 } },
    });
    await assertUserError(() => fuseEncoders([whole, cut], ''), /^same does not look at the whole image/);
    const beside = { ...make(fine), regions: 25 };
    await assertUserError(() => fuseEncoders([beside, whole], ''), /^fine does not look at the whole image/);
    for (const encoder of [whole, cut, beside]) encoder.dispose();
  });
});
