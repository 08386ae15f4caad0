import assert from 'node:assert';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { dataOptions } from '../../lib/data/options';
import { readEvaluationImages } from '../../lib/data/evaluation-images';
import { writeProblems } from '../../lib/data/problems';
import { loadDataset } from '../../lib/data/load';
import { UserError } from '../../lib/errors';

describe('loadDataset', () => {
  let dir: string;
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'dataset-'))));
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  /** Writes files given by their paths below the folder. */
  function write(files: Record<string, string>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, name)), { recursive: true });
      writeFileSync(join(dir, name), text);
    }
  }

  const load = (options: Record<string, unknown>) =>
    loadDataset(dataOptions.parse({ dataDir: dir, ...options }));

  const flickr8k = {
    'Flickr8k.token.txt': ['a', 'b', 'c', 'd', 'e']
      .map((x) => `${x}.jpg#0\tOne two three .\n${x}.jpg#1\tOne .\n`)
      .join(''),
    'Flickr_8k.trainImages.txt': 'a.jpg\nb.jpg\n',
    'Flickr_8k.devImages.txt': 'c.jpg\n',
  };
  const images = (folder: string, names: string[]) =>
    Object.fromEntries(names.map((name) => [join(folder, `${name}.jpg`), 'x']));

  for (const folder of ['images', 'Images', 'Flicker8k_Dataset', '.']) {
    it(`finds Flickr8k's images in ${folder}, and does without the test list`, async () => {
      write({ ...flickr8k, ...images(folder, ['a', 'b', 'c']) });
      const dataset = await load({ dataset: 'flickr8k' });
      assert.deepStrictEqual(dataset.splits, { train: ['a.jpg', 'b.jpg'], validation: ['c.jpg'], test: [] });
      assert.deepStrictEqual(
        dataset.problems.map(({ where }) => where),
        ['d.jpg', 'e.jpg'], // their images are missing
      );
      assert.ok(dataset.images.every(({ file }) => existsSync(file)));
    });
  }

  it('filters training captions by their words, but no references', async () => {
    write({ ...flickr8k, ...images('images', ['a', 'b', 'c']) });
    const dataset = await load({ dataset: 'flickr8k', minWords: 2 });
    assert.deepStrictEqual(
      dataset.images.map(({ captions }) => captions.length),
      [1, 1, 2],
    );
    assert.strictEqual(dataset.filteredCaptions, 2);
    await assert.rejects(load({ dataset: 'flickr8k', minWords: 9 }), UserError);
  });

  it('leaves out a training image that loses all its captions', async () => {
    write({ ...flickr8k, ...images('images', ['a', 'b', 'c']) });
    write({ 'Flickr8k.token.txt': 'a.jpg#0\tOne two three .\nb.jpg#0\tOne .\nc.jpg#0\tOne .\n' });
    const dataset = await load({ dataset: 'flickr8k', minWords: 2 });
    assert.deepStrictEqual(dataset.splits, { train: ['a.jpg'], validation: ['c.jpg'], test: [] });
    assert.deepStrictEqual(
      dataset.problems.map(({ where }) => where),
      ['b.jpg'],
    );
  });

  it("reads Kaggle's form, split at random, and problems name file and line", async () => {
    const names = Array.from({ length: 20 }, (_, i) => `p${i}`);
    write({
      'captions.txt': `image,caption\n${names.map((name) => `${name}.jpg,"A dog , or two ."\n`).join('')}broken\n`,
      ...images('Images', names),
    });
    const dataset = await load({ dataset: 'flickr8k' });
    assert.deepStrictEqual([dataset.splits.train.length, dataset.splits.validation.length], [18, 2]);
    assert.strictEqual(dataset.problems[0].where, 'captions.txt: line 22');
    await assert.rejects(load({ dataset: 'flickr8k', splits: 'official' }), UserError);
  });

  it("splits COCO's images by their file where there is a training file", async () => {
    const coco = (id: number, name: string) =>
      JSON.stringify({
        images: [{ id, file_name: name }],
        annotations: [{ id, image_id: id, caption: 'A cat.' }],
      });
    write({
      'annotations/captions_train2017.json': coco(1, 'a.jpg'),
      'annotations/captions_val2017.json': coco(2, 'b.jpg'),
      'train2017/a.jpg': 'x',
      'val2017/b.jpg': 'x',
    });
    const dataset = await load({ dataset: 'coco' });
    assert.deepStrictEqual(dataset.splits, { train: ['a.jpg'], validation: ['b.jpg'], test: [] });
  });

  it("finds Karpathy's images by filepath", async () => {
    const image = (filepath: string, filename: string, split: string) => ({
      filepath,
      filename,
      split,
      sentences: [{ raw: 'A cat.' }],
    });
    write({
      'dataset_coco.json': JSON.stringify({
        images: [
          image('train2014', 'a.jpg', 'train'),
          image('val2014', 'b.jpg', 'val'),
          image('val2014', 'c.jpg', 'test'),
        ],
      }),
      'train2014/a.jpg': 'x',
      'val2014/b.jpg': 'x',
      'images/val2014/c.jpg': 'x',
    });
    const dataset = await load({ dataset: 'karpathy' });
    assert.deepStrictEqual(dataset.splits, { train: ['a.jpg'], validation: ['b.jpg'], test: ['c.jpg'] });
    assert.deepStrictEqual(dataset.problems, []);
  });

  it('reads Flickr30k', async () => {
    write({
      'results.csv': 'image_name| comment_number| comment\na.jpg| 0| A dog .\nb.jpg| 0   A cat .\n',
      ...images('flickr30k_images', ['a', 'b']),
    });
    const dataset = await load({ dataset: 'flickr30k' });
    assert.strictEqual(dataset.images.length, 2);
  });

  it('says what is missing', async () => {
    await assert.rejects(load({ dataset: 'flickr8k' }), UserError);
    await assert.rejects(load({ dataset: 'coco', dataDir: join(dir, 'nowhere') }), UserError);
    write(flickr8k);
    await assert.rejects(
      load({ dataset: 'flickr8k' }),
      /None of the 5 images with captions of flickr8k .*5 problems, the first: a\.jpg: image file is missing/,
    );
  });

  it('writes the problems, one a line', () => {
    const file = join(dir, 'deep', 'problems.tsv');
    writeProblems(file, [
      { where: 'a.jpg', what: 'two\nlines' },
      { where: 'b', what: 'c' },
    ]);
    assert.strictEqual(readFileSync(file, 'utf8'), 'a.jpg\ttwo lines\nb\tc\n');
    assert.deepStrictEqual(readdirSync(dirname(file)), ['problems.tsv']);
  });

  it('draws scenes where there are none, split 90-10', async () => {
    const dataset = await load({ dataset: 'scenes', limit: 10 });
    assert.deepStrictEqual([dataset.splits.train.length, dataset.splits.validation.length], [9, 1]);
    assert.ok(dataset.images.every(({ file, captions }) => existsSync(file) && captions.length === 5));
    assert.deepStrictEqual(await load({ dataset: 'scenes', limit: 10 }), dataset);
  });

  it('reads images and captions to evaluate on, by a list', () => {
    write({ ...flickr8k, ...images('photos', ['a', 'c']), 'list.txt': 'c\na.jpg\nb.jpg\nz.jpg\n' });
    const paths = { images: join(dir, 'photos'), captions: join(dir, 'Flickr8k.token.txt') };
    const listed = readEvaluationImages({ ...paths, list: join(dir, 'list.txt') });
    assert.deepStrictEqual(
      listed.images.map(({ id, captions }) => [id, captions.length]),
      [
        ['c.jpg', 2],
        ['a.jpg', 2],
      ],
    );
    assert.deepStrictEqual(
      listed.problems.map(({ where }) => where),
      ['z.jpg', 'b.jpg'],
    );
    assert.strictEqual(readEvaluationImages(paths).images.length, 2);
    assert.throws(() => readEvaluationImages({ ...paths, images: join(dir, 'nowhere') }), UserError);
    write({ 'odd.txt': 'nothing known\n' });
    assert.throws(() => readEvaluationImages({ ...paths, captions: join(dir, 'odd.txt') }), UserError);
  });

  const shared = '../shared/flickr8k';
  it('reads Flickr8k: 6,000 training and 1,000 validation images, nothing broken', async function () {
    if (!existsSync(shared)) return this.skip(); // it needs ../shared
    const dataset = await load({ dataset: 'flickr8k', dataDir: shared });
    assert.deepStrictEqual(dataset.problems, []);
    assert.deepStrictEqual([dataset.splits.train.length, dataset.splits.validation.length], [6000, 1000]);
    const validation = new Set(dataset.splits.validation);
    assert.ok(dataset.images.every(({ id, captions }) => !validation.has(id) || captions.length === 5));
    assert.strictEqual(dataset.splits.train.filter((id) => validation.has(id)).length, 0);
  });
});
