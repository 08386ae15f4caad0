import assert from 'node:assert/strict';
import { SharedCache } from '../lib/shared-cache';

describe('shared cache', () => {
  let disposed: string[];
  let cache: SharedCache<string>;
  const acquire = (version: number, value = `v${version}`) =>
    cache.acquire('key', [version], () => Promise.resolve(value));

  beforeEach(() => {
    disposed = [];
    cache = new SharedCache((value) => disposed.push(value));
  });

  it('makes a value once for each version', async () => {
    const [first, second] = await Promise.all([acquire(1), acquire(1, 'another')]);
    assert.deepEqual([first.value, second.value], ['v1', 'v1']);
    assert.equal((await acquire(2)).value, 'v2');
  });

  it('disposes a replaced value when its last user has released it', async () => {
    const [first, second] = [await acquire(1), await acquire(1)];
    first.release();
    await acquire(2);
    assert.deepEqual(disposed, []);
    second.release();
    assert.deepEqual(disposed, ['v1']);
  });

  it('disposes an unused value when it is replaced or cleared, one in use later', async () => {
    (await acquire(1)).release();
    const used = await acquire(2);
    assert.deepEqual(disposed, ['v1']);
    cache.clear();
    assert.deepEqual(disposed, ['v1']);
    used.release();
    assert.deepEqual(disposed, ['v1', 'v2']);
  });

  it('disposes a value that was still being made when it was cleared', async () => {
    const pending = acquire(1);
    cache.clear();
    (await pending).release();
    assert.deepEqual(disposed, ['v1']);
  });

  it('tries again after a failure', async () => {
    const failing = () =>
      cache.acquire('key', [], () => {
        throw new Error('no');
      });
    await assert.rejects(failing, /no/);
    assert.equal((await acquire(1)).value, 'v1');
  });
});
