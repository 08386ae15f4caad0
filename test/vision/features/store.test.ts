import assert from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import '../../../lib/native/backend';
import { FeatureStore } from '../../../lib/vision/features/store';
import { failingFs } from '../../helpers/failing-fs';
import { constantFloat16 } from '../../helpers/float16';
import { assertUserError } from '../../helpers/user-error';

const fingerprint = { size: 1, time: 2, sha1: '3' };

/** A record whose values are all the same, and exact as halves. */
const record = (id: string, value: number, length = 6) => ({
  id,
  fingerprint,
  features: constantFloat16(length, value),
});

const read = async (store: FeatureStore, ids: string[]) => [...(await store.read(ids)).dataSync<'float32'>()];

describe('feature store', function () {
  let dir = '';
  beforeEach(() => {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), 'store-'));
  });
  afterEach(() => fs.rmSync(dir, { recursive: true }));

  const reopen = async (check: (store: FeatureStore) => Promise<void> | void) => {
    const store = new FeatureStore(dir, 2, 3);
    try {
      await check(store);
    } finally {
      store.close();
    }
  };

  it('gives back what it was given, in the order asked for, also when opened again', async () => {
    const check = async (store: FeatureStore) => {
      assert.deepStrictEqual(await read(store, ['c', 'a']), [3, 3, 3, 3, 3, 3, 1, 1, 1, 1, 1, 1]);
      assert.deepStrictEqual([store.has('b'), store.has('d'), store.size], [true, false, 3]);
    };
    await reopen(async (store) => {
      store.append([record('a', 1), record('b', 2)]);
      store.append([record('c', 3)]);
      await check(store);
    });
    await reopen(check);
  });

  it('replaces what is added again', async () => {
    await reopen((store) => store.append([record('a', 1), record('b', 2)]));
    await reopen((store) => store.append([record('a', 5)]));
    await reopen(async (store) => {
      assert.deepStrictEqual(await read(store, ['a', 'b']), [5, 5, 5, 5, 5, 5, 2, 2, 2, 2, 2, 2]);
    });
  });

  it('passes over an index line that was cut off, and goes on after it', async () => {
    await reopen((store) => store.append([record('a', 1), record('b', 2)]));
    const index = path.join(dir, 'index.jsonl');
    const text = fs.readFileSync(index, 'utf8');
    fs.writeFileSync(index, text.slice(0, -20));
    await reopen((store) => {
      assert.deepStrictEqual([store.has('a'), store.has('b')], [true, false]);
      store.append([record('b', 4)]);
    });
    await reopen(async (store) => {
      assert.deepStrictEqual(await read(store, ['b', 'a']), [4, 4, 4, 4, 4, 4, 1, 1, 1, 1, 1, 1]);
    });
  });

  it('takes nothing for done whose features are not all there', async () => {
    await reopen((store) => store.append([record('a', 1), record('b', 2)]));
    const [shard] = fs.readdirSync(dir).filter((name) => name.endsWith('.f16'));
    fs.truncateSync(path.join(dir, shard), 20); // a record has 12 bytes
    await reopen((store) => assert.deepStrictEqual([store.has('a'), store.has('b')], [true, false]));
  });

  it('may be filled from two sides at once', async () => {
    const [one, two] = [new FeatureStore(dir, 2, 3), new FeatureStore(dir, 2, 3)];
    for (let i = 0; i < 4; i++) {
      one.append([record(`one${i}`, i)]);
      two.append([record(`two${i}`, 10 + i)]);
    }
    one.close();
    two.close();
    await reopen(async (store) => {
      assert.strictEqual(store.size, 8);
      assert.deepStrictEqual([(await read(store, ['one3']))[0], (await read(store, ['two3']))[5]], [3, 13]);
    });
  });

  it('begins a new shard where one is full', async () => {
    const length = 4096 * 1024; // 8 MiB a record, 8 records a shard
    const store = new FeatureStore(dir, 4096, 1024);
    for (let i = 0; i < 9; i++) store.append([record(`${i}`, i, length)]);

    const sizes = fs
      .readdirSync(dir)
      .filter((name) => name.endsWith('.f16'))
      .map((name) => fs.statSync(path.join(dir, name)).size);
    assert.deepStrictEqual(sizes, [64 * 2 ** 20, 8 * 2 ** 20]);
    assert.strictEqual((await read(store, ['8']))[length - 1], 8);
    store.close();
  });

  it('begins a new shard in the middle of what is added together', async () => {
    const length = 4096 * 1024;
    const store = new FeatureStore(dir, 4096, 1024);
    store.append(Array.from({ length: 10 }, (_, i) => record(`${i}`, i, length)));
    const values = [0, 7, 8, 9].map(async (i) => (await read(store, [`${i}`]))[length - 1]);
    assert.deepStrictEqual(await Promise.all(values), [0, 7, 8, 9]);
    store.close();
  });

  it('refuses features that are not finite, and has them not', () => {
    const store = new FeatureStore(dir, 2, 3);
    assert.throws(() => store.append([record('a', NaN)]), /features of a are not finite/);
    assert.throws(() => store.append([record('a', 1e6)]), /features of a are not finite/);
    assert.strictEqual(store.has('a'), false);
    store.close();
  });

  it('loses nothing that it had stored when its process is killed', async () => {
    const writer = spawn(
      process.execPath,
      ['--import', 'tsx', path.join(__dirname, 'endless-writer.ts'), dir],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let stored = 0;
    writer.stdout.on('data', (data: Buffer) => {
      stored = Number(data.toString().trim().split('\n').pop());
      if (stored > 200) writer.kill('SIGKILL');
    });
    await once(writer, 'close');
    await reopen(async (store) => {
      assert.ok(stored > 200 && store.size >= stored, `${store.size} of ${stored}`);
      const ids = Array.from({ length: store.size }, (_, i) => `${i}`);
      const values = await read(store, ids);
      ids.forEach((_, i) => assert.strictEqual(values[6 * i], i % 1000));
    });
  });

  it('says in a sentence where it may not be made, read or written', async () => {
    const full = (code: string) => failingFs('writeSync', () => true, code);
    await reopen(async (store) => {
      for (const [code, reason] of [['ENOSPC', 'the disk is full'], ['EROFS', 'the disk is read-only']]) {
        const works = full(code);
        await assertUserError(() => store.append([record('a', 1)]), new RegExp(`${dir} \\(${reason}\\): make room`)).finally(works);
      }
      store.append([record('a', 1)]); // there is room again
      assert.deepStrictEqual(await read(store, ['a']), [1, 1, 1, 1, 1, 1]);
    });
    const open = () => new FeatureStore(dir, 2, 3);
    const unreadable = failingFs('readFileSync', (file) => String(file).startsWith(dir), 'EACCES');
    await assertUserError(open, /index\.jsonl cannot be read \(permission denied\)/).finally(unreadable);
    const made = () => new FeatureStore(path.join(dir, 'new'), 2, 3);
    const closed = failingFs('mkdirSync', (folder) => String(folder).startsWith(dir), 'EACCES');
    await assertUserError(made, /Cannot make the folder .*new \(permission denied\)/).finally(closed);
  }); // prettier-ignore

  it('writes the rest of what a nearly full disk took in part', async () => {
    const writeSync = fs.writeSync.bind(fs) as (...args: unknown[]) => number;
    const target = fs as unknown as { writeSync: typeof writeSync };
    target.writeSync = (handle, data, offset, length, position) =>
      writeSync(handle, data, offset, Math.min(Number(length), 5), position);
    try {
      await reopen((store) => store.append([record('a', 1), record('b', 2)]));
    } finally {
      target.writeSync = writeSync;
    }
    await reopen(async (store) => {
      assert.deepStrictEqual(await read(store, ['a', 'b']), [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2]);
    });
  });
});
