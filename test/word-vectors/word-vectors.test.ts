import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import '../../lib/native/backend';
import * as tf from '@tensorflow/tfjs-core';
import { initializeWeights } from '../../lib/captioners/initialize';
import { withPretrainedVectors } from '../../lib/word-vectors/rescale';
import { Tokenizer } from '../../lib/tokenizer';
import { readWordVectors } from '../../lib/word-vectors/read';
import { loadPretrainedVectors } from '../../lib/word-vectors/load';
import { tinyCaptioner } from '../helpers/tiny-captioner';
import { assertUserError } from '../helpers/user-error';

const GLOVE = 'the 0.5 -1 2\ndog 1e-2 0 .25\n, 9 9 9\ncafé 1 2 3\nthe 7 7 7\n';

describe('word vectors', () => {
  let folder: string;
  let file: string;

  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'vectors-'));
    file = path.join(folder, 'vectors.txt');
  });
  after(() => fs.rmSync(folder, { recursive: true }));

  async function read(text: string, words: string[], size = 3): Promise<Record<string, number[]>> {
    fs.writeFileSync(file, text);
    const found = await readWordVectors(file, { words, size });
    return Object.fromEntries([...found].map(([word, vector]) => [word, [...vector]]));
  }

  it("are read from GloVe's form: of the words asked for, the first of two", async () => {
    const found = await read(GLOVE, ['the', 'café', 'cat', 'dog']);
    assert.deepEqual(found, { the: [0.5, -1, 2], dog: [Math.fround(0.01), 0, 0.25], café: [1, 2, 3] });
  });

  it("are read from word2vec's form: with a header, blanks at the ends, no last line break, CRLF", async () => {
    assert.deepEqual(await read('2 3\nthe 1 2 3 \ndog 4 5 6 ', ['dog']), { dog: [4, 5, 6] });
    assert.deepEqual(await read('2 3\r\nthe 1 2 3\r\ndog 4 5 6\r\n', ['the']), { the: [1, 2, 3] });
  });

  it('pass over entries of several words', async () => {
    assert.deepEqual(await read('dog 4 5 6\nat home 1 2 3\nat 7 8 9\n', ['at']), { at: [7, 8, 9] });
  });

  it('are found wherever the pieces of a large file are cut', async () => {
    const line = (i: number) => `wörd${i} ${i} ${1 - i} 0.5\n`;
    const text = Array.from({ length: 120_000 }, (_, i) => line(i)).join(''); // 2.8 MB
    const numbers = Array.from({ length: 1200 }, (_, i) => 100 * i);
    fs.writeFileSync(file, text);
    const seen: number[] = [];
    const found = await readWordVectors(
      file,
      { words: numbers.map((i) => `wörd${i}`), size: 3 },
      (label, total) => {
        assert.ok(label.includes(file) && total === Buffer.byteLength(text));
        return { update: (done) => seen.push(done), finish: () => {} };
      },
    );
    for (const i of numbers) assert.deepEqual([...found.get(`wörd${i}`)!], [i, 1 - i, 0.5]);
    assert.ok(seen.length > 2 && seen.at(-1) === Buffer.byteLength(text));
  });

  const refuses = (name: string, text: string, words: string[], size: number, pattern: RegExp) =>
    it(`are refused ${name}`, () => assertUserError(() => read(text, words, size), pattern));

  refuses('of another size', GLOVE, ['the'], 300, /vectors\.txt have 3 numbers.*embedding is 300/);
  refuses('of another size in the header', '9 3\nthe 1 2 3\n', ['the'], 4, /have 3 numbers.*is 4/);
  refuses('in another format', '{"the": [1]}\n', ['the'], 1, /does not begin with a word/);
  refuses('where a line is cut off', 'the 1 2 3\ndog 1 2', ['dog'], 3, /Line 2 of .*"dog"/);
  refuses('where a number is none', 'the 1 2 3\ndog 1 x 2\n', ['dog'], 3, /Line 2 of .*"dog"/);
  refuses('without any of the words', GLOVE, ['chien'], 3, /none of the 1 words/);
  it('are refused where there is no file', () =>
    assertUserError(
      () => readWordVectors(path.join(folder, 'none.txt'), { words: ['a'], size: 3 }),
      /none\.txt cannot be read/,
    ));

  it('become the start of their words, scaled to deviate as the usual start does; others stay', () => {
    const usual = tf.randomNormal([50, 8], 0, 0.3, 'float32', 1);
    const known = new Map(
      [3, 5, 7, 40].map((id) => [id, tf.randomNormal([8], 0, 4, 'float32', id).dataSync<'float32'>()]),
    );
    const [before, after] = [usual, withPretrainedVectors(usual, known)].map(
      (x) => x.arraySync() as number[][],
    );
    const factor = after[3][0] / known.get(3)![0];
    for (let id = 0; id < 50; id++) {
      const expected = known.get(id)?.map((x) => x * factor) ?? before[id];
      after[id].forEach((x, i) => assert.ok(Math.abs(x - expected[i]) < 1e-6, `${x} of word ${id}`));
    }
    const deviation = (x: number[]) => tf.sqrt(tf.moments(tf.tensor1d(x)).variance).dataSync<'float32'>()[0];
    const own = deviation([...known.keys()].flatMap((id) => after[id]));
    assert.ok(Math.abs(own - deviation(before.flat())) < 1e-5, `${own}`);
  });

  it('start a captioner in place of its random ones, with a hash of what was found', async () => {
    const captioner = tinyCaptioner(); // embedding 7
    const words = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
    const tokenizer = Tokenizer.fromJSON({ words }); // with the four special ones 13
    const start = (text: string) => {
      fs.writeFileSync(file, text);
      return loadPretrainedVectors(file, captioner, tokenizer, 1);
    };
    const line = (word: string, scale: number) =>
      `${word} ${[1, -1, 2, -2, 3, -3, 4].map((x) => scale * x).join(' ')}\n`;
    const { weights: given, hash, coverage } = await start(line('c', 1) + line('x', 1));
    assert.deepEqual(coverage, { file: 'vectors.txt', known: 1, vocabSize: 9 });
    const [usual, own] = [
      initializeWeights(captioner.specs, 1),
      initializeWeights(captioner.specs, 1, given),
    ];
    for (const [name, weight] of Object.entries(usual)) {
      const rows = [weight, own[name]].map((x) => x.arraySync() as number[][]);
      const changed = rows[0].flatMap((row, i) => (isDeepStrictEqual(row, rows[1][i]) ? [] : [i]));
      assert.deepEqual(changed, name === 'embedding' ? [tokenizer.idOf('c')] : [], name);
    }
    assert.equal((await start(line('y', 3) + line('c', 1))).hash, hash);
    assert.notEqual((await start(line('c', 2))).hash, hash);
    assert.notEqual((await start(line('d', 1))).hash, hash);
  });
});
