import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { loadDataset } from '../../lib/data/load';
import { dataOptions } from '../../lib/data/options';
import type { Dataset } from '../../lib/data/types';

describe('the same photograph', () => {
  let dir: string;
  beforeEach(() => (dir = fs.mkdtempSync(path.join(os.tmpdir(), 'photographs-'))));
  afterEach(() => fs.rmSync(dir, { recursive: true }));

  /** Loads a data set of these files, given by their paths below its folder. */
  function load(dataset: string, files: Record<string, unknown>): Promise<Dataset> {
    for (const [name, content] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
      fs.writeFileSync(path.join(dir, name), typeof content === 'string' ? content : JSON.stringify(content));
    }
    return loadDataset(dataOptions.parse({ dataset, dataDir: dir }));
  }

  const coco = (...names: string[]) => ({
    images: names.map((file_name, id) => ({ id, file_name })),
    annotations: names.map((_, image_id) => ({ image_id, caption: 'A cat.' })),
  });
  const placesOf = ({ problems }: Dataset) => problems.map(({ where }) => where);

  it("of COCO's files of 2014 and 2017 is validated on, not trained on, and listed", async () => {
    const dataset = await load('coco', {
      'annotations/captions_train2014.json': coco(
        'COCO_train2014_000000000042.jpg',
        'COCO_train2014_000000000043.jpg',
      ),
      'annotations/captions_val2017.json': coco('000000000042.jpg'),
      'train2014/COCO_train2014_000000000042.jpg': 'of 2014',
      'train2014/COCO_train2014_000000000043.jpg': 'another',
      'val2017/000000000042.jpg': 'of 2017, saved again',
    });
    assert.deepEqual(dataset.splits, {
      train: ['COCO_train2014_000000000043.jpg'],
      validation: ['000000000042.jpg'],
      test: [],
    });
    assert.deepEqual(placesOf(dataset), ['COCO_train2014_000000000042.jpg']);
    assert.match(
      dataset.problems[0].what,
      /the same photograph as 000000000042\.jpg \(.*val2017.*validation\)/,
    );
  });

  it('of Flickr is one by its number, in any folder, size or list', async () => {
    const dataset = await load('flickr8k', {
      'Flickr8k.token.txt':
        '1000268201_693b08cb0e.jpg#0\tA girl .\nold/1000268201_693b08cb0e_b.jpg#0\tA child .\n' +
        '1000268201.jpg#0\tA door .\n1001773457_577c3a7d70.jpg#0\tTwo dogs .\n',
      'Flickr_8k.trainImages.txt': '1001773457_577c3a7d70.jpg\nold/1000268201_693b08cb0e_b.jpg\n',
      'Flickr_8k.devImages.txt': '1000268201_693b08cb0e.jpg\n',
      'images/1000268201_693b08cb0e.jpg': 'a',
      'images/old/1000268201_693b08cb0e_b.jpg': 'b',
      'images/1000268201.jpg': 'c',
      'images/1001773457_577c3a7d70.jpg': 'd',
    });
    assert.deepEqual(dataset.splits, {
      train: ['1001773457_577c3a7d70.jpg'],
      validation: ['1000268201_693b08cb0e.jpg'],
      test: [],
    });
    assert.deepEqual(placesOf(dataset), [
      'old/1000268201_693b08cb0e_b.jpg',
      '1000268201.jpg',
      '1000268201_693b08cb0e.jpg', // also in the training list, under its other name
    ]);
  });

  it('is not what has the same name in two folders, or the same number elsewhere', async () => {
    const dataset = await load('coco', {
      'captions_train.json': coco('1.jpg', 'same.jpg', 'a/2.jpg', '42.jpg', '20240131_1200000000.jpg'),
      'captions_val.json': coco(
        '1.jpg',
        'same.jpg',
        'b/2.jpg',
        '000000000042.jpg',
        '20240131_1300000000.jpg',
      ),
      'train/1.jpg': 'a dog',
      'val/1.jpg': 'a cat',
      'train/same.jpg': 'twice',
      'val/same.jpg': 'twice',
      'images/a/2.jpg': 'a',
      'images/b/2.jpg': 'b',
      'images/42.jpg': "Flickr's",
      'images/000000000042.jpg': "COCO's",
      'images/20240131_1200000000.jpg': 'at noon',
      'images/20240131_1300000000.jpg': 'at one',
    });
    const contents = new Map(dataset.images.map(({ id, file }) => [id, fs.readFileSync(file, 'utf8')]));
    assert.equal(contents.size, dataset.images.length);
    const read = (ids: string[]) => ids.map((id) => contents.get(id));
    assert.deepEqual(read(dataset.splits.train), ['a dog', 'a', "Flickr's", 'at noon']);
    assert.deepEqual(read(dataset.splits.validation), ['twice', 'a cat', 'b', "COCO's", 'at one']);
    assert.deepEqual(placesOf(dataset), ['same.jpg']);
  });

  it('is not what has the same name in two folders of Karpathy’s form', async () => {
    const image = (filepath: string, split: string) => ({
      ...{ filepath, filename: '1.jpg', split },
      sentences: [{ raw: `A ${filepath} .` }],
    });
    const dataset = await load('karpathy', {
      'dataset.json': { images: [image('dogs', 'train'), image('cats', 'val'), image('cats', 'val')] },
      'images/dogs/1.jpg': 'dog',
      'images/cats/1.jpg': 'cat',
    });
    assert.deepEqual(dataset.splits, { train: ['1.jpg'], validation: ['cats/1.jpg'], test: [] });
    assert.deepEqual(
      dataset.images.map(({ file, captions }) => [fs.readFileSync(file, 'utf8'), captions]),
      [
        ['dog', ['A dogs .']],
        ['cat', ['A cats .']],
      ],
    );
    assert.match(dataset.problems[0].what, /cats\/1\.jpg occurs twice/);
  });
});
