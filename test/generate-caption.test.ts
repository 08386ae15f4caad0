import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import {
  clearCaches,
  generateCaption,
  SHIPPED_MODEL,
  type GenerateOptions,
  type GeneratedCaption,
} from '../lib/generate-caption';
import { loadModel, saveCalibration } from '../lib/model/saved-model';
import { nativeBackend, nativeTensorCount } from '../lib/native/backend';
import { calibrationOfBeam } from './helpers/calibration';
import { withoutErrors } from './helpers/captions';
import { saveTinyModel } from './helpers/tiny-model';
import { assertUserError } from './helpers/user-error';

describe('generateCaption', function () {
  this.timeout(60_000);
  let folder: string;
  let model: string;
  let server: http.Server;
  let address: string;
  const photos = ['cat', 'coffee', 'rocket'].map((name) =>
    path.join(__dirname, `../data/photos/${name}.jpg`),
  );
  const SHIPPED = path.join(__dirname, '..', SHIPPED_MODEL);
  const file = (name: string) => path.join(folder, name);

  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'caption-'));
    model = file('model');
    await saveTinyModel(model);
    server = http.createServer((request, response) => {
      if (request.url === '/cat.jpg') response.end(fs.readFileSync(photos[0]));
      else if (request.url === '/page') response.end('<html></html>');
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  after(() => {
    server.close();
    fs.rmSync(folder, { recursive: true });
  });

  /** Captions are equal, numbers up to what another batch size, or a graph, changes in the last digits. */
  function assertSame(one: GeneratedCaption, other: GeneratedCaption): void {
    assert.equal(one.caption, other.caption);
    assert.ok(Math.abs(one.score - other.score) < 1e-4);
    one.words.forEach(({ logProbability, attention }, i) => {
      assert.ok(Math.abs(logProbability - other.words[i].logProbability) < 1e-3);
      attention.forEach((share, region) =>
        assert.ok(Math.abs(share - other.words[i].attention[region]) < 1e-3),
      );
    });
  }

  it('takes a path, the bytes, a file: URL and an http: URL', async () => {
    const expected = await generateCaption(photos[0], { model });
    assert.ok(expected.words.length > 0);
    const url = pathToFileURL(photos[0]);
    for (const source of [
      fs.readFileSync(photos[0]),
      url,
      url.href,
      `${address}/cat.jpg`,
      new URL(`${address}/cat.jpg`),
    ])
      assertSame(await generateCaption(source, { model }), expected);
  });

  it('returns words with log-probabilities and attention weights', async () => {
    const { caption, words, grid, score } = await generateCaption(photos[1], { model, lengthPenalty: 0 });
    assert.deepEqual(grid, [7, 7]);
    assert.equal(words.map(({ word }) => word).join(' '), caption);
    for (const { logProbability, attention } of words) {
      assert.ok(logProbability < 0);
      assert.equal(attention.length, 49);
      assert.ok(attention.every((share) => share >= 0));
      assert.ok(Math.abs(attention.reduce((sum, share) => sum + share) - 1) < 1e-4);
    }
    // Without a penalty the score is the sum over all words, and the end where the caption has one.
    assert.ok(score <= words.reduce((sum, word) => sum + word.logProbability, 0) + 1e-4);
  });

  for (const method of ['beam', 'greedy'] as const) {
    it(`captions of a list are those of its images one by one (${method})`, async () => {
      const list = withoutErrors(await generateCaption(photos, { model, method }));
      assert.equal(list.length, photos.length);
      for (const [i, photo] of photos.entries())
        assertSame(list[i], await generateCaption(photo, { model, method }));
    });
  }

  it('a list may be empty, or longer than a batch', async () => {
    assert.deepEqual(await generateCaption([], { model }), []);
    const many = Array.from({ length: 17 }, () => photos[0]);
    const options = { model, method: 'greedy', maxLength: 2 } as const;
    const captions = withoutErrors(await generateCaption(many, options));
    assert.equal(captions.length, 17);
    assertSame(captions[16], captions[0]);
  });

  it('a list has errors in the places of images that have no caption, and the same captions else', async () => {
    const odd = write('odd.jpg', 'no picture');
    const options = { model, method: 'greedy', maxLength: 4 } as const;
    const good = Array.from({ length: 18 }, (_, i) => photos[i % 3]);
    const mixed = [file('none.jpg'), ...good.slice(0, 7), odd, ...good.slice(7), Buffer.from('x')];
    const results = await generateCaption(mixed, options);
    assert.deepEqual(
      results.flatMap(({ error }, i) => (error ? [i] : [])),
      [0, 8, 20],
    );
    for (const [i, sentence] of [
      [0, /none\.jpg cannot be read/],
      [8, /odd\.jpg cannot be decoded/],
      [20, /Picture 21 of 21/],
    ] as const)
      // prettier-ignore
      await assertUserError(() => Promise.reject(results[i].error!), sentence);
    const captions = withoutErrors(results.filter(({ error }) => !error));
    const expected = withoutErrors(await generateCaption(good, options));
    assert.equal(captions.length, 18);
    captions.forEach((caption, i) => assertSame(caption, expected[i]));
  });

  it('a list of images without captions alone is a list of errors', async () => {
    const results = await generateCaption([file('none.jpg'), file('none.png')], { model });
    assert.ok(results.every(({ error, caption }) => error !== undefined && caption === undefined));
  });

  it('says how sure a model is where it was calibrated for this search, and for nothing else', async () => {
    const calibrated = file('calibrated');
    await saveTinyModel(calibrated);
    const loaded = loadModel(calibrated);
    const photo = photos[0];
    assert.ok(!('confidence' in (await generateCaption(photo, { model: loaded })))); // not yet
    saveCalibration(loaded, calibrationOfBeam({ slope: 2, intercept: 1 }));
    const { confidence, lowConfidence, score } = await generateCaption(photo, { model: loaded });
    // With a length penalty of 1 the score is the mean log-probability.
    const expected = 1 / (1 + Math.exp(-(2 * score + 1)));
    assert.ok(Math.abs(confidence! - expected) < 1e-9, `${confidence} ${expected}`);
    assert.equal(lowConfidence !== undefined, expected < 1 / 3);
    assert.equal(
      (await generateCaption(photo, { model: loaded, captions: 3, seed: 5 })).confidence,
      confidence,
    );
    const others: GenerateOptions[] = [{ method: 'greedy' }, { exclude: ['dogs'] }];
    for (const options of others) {
      const other = await generateCaption(photo, { model: loaded, ...options });
      assert.equal(other.confidence, undefined, Object.keys(options).join());
    }
    clearCaches();
    tf.dispose(loaded.weights);
  });

  it('sampling: the same seed gives the same caption, other seeds give others', async () => {
    const sample = async (seed: number) =>
      (await generateCaption(photos[0], { model, method: 'sample', temperature: 2, seed })).caption;
    assert.equal(await sample(1), await sample(1));
    assert.ok(new Set([await sample(1), await sample(2), await sample(3), await sample(4)]).size > 1);
  });

  for (const options of [
    {},
    { beamWidth: 6, diverseGroups: 3 },
    { method: 'sample', temperature: 2 },
  ] as const) {
    it(`several captions: the best one and the others, with words and attention (${JSON.stringify(options)})`, async () => {
      const results = withoutErrors(await generateCaption(photos, { model, captions: 3, ...options }));
      for (const { captions, caption, words, score } of results) {
        assert.deepEqual(captions[0], { caption, words, score });
        assert.equal(new Set(captions.map((one) => one.caption)).size, 3);
        for (const one of captions) {
          assert.equal(one.words.map(({ word }) => word).join(' '), one.caption);
          assert.ok(one.words.every(({ attention }) => attention.length === 49));
          assert.ok(one.score <= score);
        }
      }
    });
  }

  it('captions with given words, and without others, of one model and of an ensemble', async () => {
    const options = {
      include: ['dog', ['ball', 'frisbee']],
      exclude: ['man', 'black and white'],
      captions: 2,
    };
    for (const models of [SHIPPED, [SHIPPED, SHIPPED]]) {
      const results = withoutErrors(
        await generateCaption(photos, { model: models, beamWidth: 3, ...options }),
      );
      for (const { caption } of results.flatMap(({ captions }) => captions)) {
        assert.match(caption, /\bdogs?\b/);
        assert.match(caption, /\b(ball|frisbee)\b/);
        assert.doesNotMatch(caption, /\bm[ae]n\b|\bblack and white\b/);
      }
    }
  });

  it('says so where no caption has the words', () =>
    assertUserError(
      () => generateCaption(photos[0], { model, include: ['two dogs', 'rocket'], maxLength: 3 }),
      /cat\.jpg: no caption with "two dogs" and "rocket" was found that ends within 3 words.*raise maxLength/,
    ));

  it('a loaded model gives the captions of its folder, and leaves no tensors behind', async () => {
    const loaded = loadModel(model);
    const expected = await generateCaption(photos[0], { model });
    const before = tf.memory().numTensors;
    assertSame(await generateCaption(photos[0], { model: loaded }), expected);
    assert.equal(tf.memory().numTensors, before);
    tf.dispose(loaded.weights);
  });

  it('a model that was trained again is loaded again', async () => {
    const changing = file('changing');
    await saveTinyModel(changing);
    const first = await generateCaption(photos[0], { model: changing });
    await saveTinyModel(changing, { embedding: 9 });
    const second = await generateCaption(photos[0], { model: changing });
    assert.notEqual(second.score, first.score);
  });

  it('models of one vocabulary are ensembled', async () => {
    const other = file('other');
    await saveTinyModel(other, { embedding: 9, layers: 1 });
    const options = { method: 'greedy', maxLength: 1 } as const;
    const probability = async (models: string | string[]) =>
      Math.exp((await generateCaption(photos[0], { model: models, ...options })).words[0].logProbability);
    assert.ok(Math.abs((await probability([model, model])) - (await probability(model))) < 1e-5);
    const [first, second, both] = [await probability(model), await probability(other), await probability([model, other])]; // prettier-ignore
    // The mean, where both would say the same word; else what each gives to the word that both choose is less.
    assert.ok(both <= (first + second) / 2 + 1e-5 && both !== first);
  });

  it('models of different vocabularies are refused', async () => {
    const other = file('other words');
    await saveTinyModel(other, {}, ['a dog runs']);
    await assertUserError(
      () => generateCaption(photos[0], { model: [model, other] }),
      /other words has another vocabulary than .*model/,
    );
    await assertUserError(() => generateCaption(photos[0], { model: [] }), /No model was given/);
  });

  it('reads images of every common kind', async () => {
    const image = () => sharp(photos[0]).resize(64, 64);
    const kinds: Record<string, ReturnType<typeof sharp>> = {
      png: image().png(),
      webp: image().webp(),
      gif: image().gif(),
      cmyk: image().toColorspace('cmyk').jpeg(),
      '16 bit': image().toColorspace('rgb16').png(),
      gray: image().grayscale().jpeg(),
      alpha: image().ensureAlpha(0.5).png(),
    };
    const buffers = await Promise.all(Object.values(kinds).map((kind) => kind.toBuffer()));
    assert.equal((await generateCaption(buffers, { model })).length, buffers.length);
  });

  it('frees what a model saved again replaces, and all when its caches are cleared', async function () {
    this.timeout(240_000); // 6 s on two cores of their own
    const again = file('again');
    const resaveAndCaption = async (round: number) => {
      await saveTinyModel(again, { embedding: 8 + (round % 2) });
      // Graphs are made in the second call.
      for (let call = 0; call < 2; call++) await generateCaption(photos[0], { model: again, maxLength: 4 });
    };
    clearCaches();
    const inUse = () => [nativeTensorCount(), nativeBackend().binding.getNumOfSavedModels()];
    const [tensors, sessions] = inUse();
    for (let round = 0; round < 4; round++) await resaveAndCaption(round);
    const after4 = inUse();
    const bytes = process.memoryUsage().rss;
    for (let round = 4; round < 24; round++) await resaveAndCaption(round);
    assert.deepEqual(inUse(), after4);
    const grown = (process.memoryUsage().rss - bytes) / 2 ** 20;
    assert.ok(grown < 50, `${grown.toFixed(0)} MiB more`); // 200 where graphs are not freed
    clearCaches();
    assert.deepEqual(inUse(), [tensors, sessions]);
  });

  it('a call goes on with the model that is replaced meanwhile', async () => {
    const changing = file('changing in use');
    await saveTinyModel(changing);
    const expected = await generateCaption(photos[0], { model: changing });
    const first = generateCaption([photos[0], photos[1]], { model: changing });
    await saveTinyModel(changing, { embedding: 9 });
    const second = generateCaption(photos[0], { model: changing });
    clearCaches();
    assertSame(withoutErrors(await first)[0], expected);
    assert.notEqual((await second).score, expected.score);
  });

  describe('refuses', () => {
    const images: [what: string, source: () => string | Buffer, sentence: RegExp][] = [
      ['a file that is not there', () => file('none.jpg'), /none\.jpg cannot be read \(there is no such file.*path/],
      ['a folder', () => folder, /cannot be read.*it is a folder/],
      ['an empty file', () => write('empty.jpg', ''), /empty\.jpg cannot be decoded/],
      ['a text file', () => write('text.jpg', 'hello'), /text\.jpg cannot be decoded \(it is a text/],
      ['half a file', () => write('half.jpg', fs.readFileSync(photos[0]).subarray(0, 9000)), /half\.jpg cannot be decoded \(it is a JPEG picture whose end is missing\)/],
      ['no bytes', () => Buffer.alloc(0), /^The picture \(0 bytes\) cannot be decoded \(it is empty\)/],
      ['an address that is not there', () => `${address}/none.jpg`, /none\.jpg cannot be fetched.*404/],
      ['a page', () => `${address}/page`, /\/page cannot be decoded \(it is a web page \(HTML\).*the picture itself/],
      ['a closed port', () => 'http://127.0.0.1:1/cat.jpg', /cat\.jpg cannot be fetched/],
      ['an address of another kind', () => 'ftp://host/cat.jpg', /ftp:\/\/host\/cat\.jpg cannot be fetched: give a path, an http\(s\), file or data address/],
      ['a file of another host', () => 'file://host/cat.jpg', /file:\/\/host\/cat\.jpg cannot be read/],
    ]; // prettier-ignore
    for (const [what, source, sentence] of images)
      it(what, () => assertUserError(() => generateCaption(source(), { model }), sentence));

    // prettier-ignore
    const options: [options: Record<string, unknown>, sentence: RegExp][] = [
      [{ method: 'magic' }, /method.*beam, greedy, sample.*"magic"/],
      [{ beamWidth: 0 }, /beamWidth.*>= 1 and <= 100, got 0/],
      [{ topP: 1.5 }, /topP.*1\.5/],
      [{ temperature: 0 }, /temperature.*> 0, got 0/],
      [{ beamwidth: 3 }, /Unknown option beamwidth/],
      [{ precision: 'float8' }, /precision.*bfloat16.*float8/],
      [{ model: '/none' }, /\/none holds no model/],
      [{ model: 42 }, /^Option model: expected the folder of a model, a loaded model, or a list of these, got 42\.$/],
      [{ model: null }, /^Option model: expected .*, got null\.$/],
      [{ model: '' }, /^Option model: expected .*, got an empty text\.$/],
      [{ model: {} }, /^Option model: expected .*, got \{\}\.$/],
      [{ model: ['/a', [42]] }, /^Option model: expected .*, got \[42\]\.$/],
      [{ include: 42 }, /^Option include: expected a list of words, .* got 42\.$/],
      [{ exclude: 'dog' }, /^Option exclude: expected a list of words, .* got "dog"\.$/],
      [{ encoderWeights: Buffer.alloc(5000) }, /^Option encoderWeights: expected a text, got bytes \(5 kB\)\.$/],
      [{ beamWidth: '3' }, /^Option beamWidth: expected an integer >= 1 and <= 100, got "3"\.$/],
      [{ method: Array.from({ length: 99 }, () => 'beam') }, /^Option method: .* got a list of 99 values\.$/],
      [{ captions: 0 }, /captions.*>= 1 and <= 100, got 0/],
      [{ captions: 3, method: 'greedy' }, /greedy decoding gives one caption/],
      [{ diverseGroups: 5, method: 'sample' }, /diverseGroups has no effect with method sample/],
      [{ diversityStrength: 1 }, /diversityStrength has no effect without diverseGroups/],
      [{ captions: 6 }, /a beam of 5 does not hold 6 captions/],
      [{ include: ['dig'] }, /no word "dig".*"dogs"/],
      [{ include: 'cat' }, /include: expected a list of words/],
      [{ include: ['cat'], exclude: ['cat'] }, /"cat" is both in include and in exclude/],
      [{ include: ['cat'], method: 'sample' }, /only beam search/],
    ];
    for (const [wrong, sentence] of options) {
      it(JSON.stringify(wrong), () =>
        assertUserError(() => generateCaption(photos[0], { model, ...(wrong as GenerateOptions) }), sentence),
      );
    }
  });

  it('refuses options that are no object, and images that are none', async () => {
    for (const options of [null, 42, 'beam', ['beam']]) {
      await assertUserError(
        () => generateCaption(photos[0], options as unknown as GenerateOptions),
        /^The options are .*: expected an object such as \{ beamWidth: 3 \}, or nothing\.$/,
      );
    }
    for (const image of [undefined, null, {}, '', 42]) {
      await assertUserError(
        () => generateCaption(image as unknown as string, { model }),
        /^The picture is (undefined|null|\{\}|an empty text|42): give a path, an http\(s\), file or data address, or the bytes/,
      );
    }
    const [good, ...others] = await generateCaption(
      [photos[0], undefined as unknown as string, Buffer.from('text')],
      {
        model,
      },
    );
    assert.equal(typeof good.caption, 'string');
    assert.match(others[0].error?.message ?? '', /^Picture 2 of 3 is undefined: give/);
    assert.match(
      others[1].error?.message ?? '',
      /^Picture 3 of 3 \(4 bytes\) cannot be decoded \(it is a text/,
    );
  });

  it('takes a data: URL, a Blob and an ArrayBuffer', async () => {
    const bytes = fs.readFileSync(photos[0]);
    const buffer = new Uint8Array(bytes).buffer;
    const url = `data:image/jpeg;base64,${bytes.toString('base64')}`;
    const options = { model, method: 'greedy', maxLength: 3 } as const;
    const expected = await generateCaption(photos[0], options);
    for (const one of await generateCaption(
      [url, new Blob([buffer]), buffer, new Uint8Array(buffer)],
      options,
    ))
      assert.equal(one.caption, expected.caption);
  });

  function write(name: string, content: string | Buffer): string {
    fs.writeFileSync(file(name), content);
    return file(name);
  }
});
