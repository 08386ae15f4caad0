import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { configure } from '../../lib/config/configuration';
import { loadDataset } from '../../lib/data/load';

describe('Flickr8k and COCO as one data set', () => {
  let folder: string;
  const write = (name: string, text: string) => {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  };
  const cocoFile = (numbers: number[]) => ({
    images: numbers.map((id) => ({ id, file_name: `${String(id).padStart(12, '0')}.jpg` })),
    annotations: numbers.map((id) => ({ image_id: id, caption: `a photograph with the number ${id}` })),
  });
  const load = () => loadDataset(configure({ data: { dataset: 'flickr8k-coco', dataDir: folder } }, {}).data);

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'both-'));
    const names = ['b.jpg', 'a.jpg', 'c.jpg', 'd.jpg'];
    write('flickr8k/Flickr8k.token.txt', names.map((name) => `${name}#0\ta dog in ${name[0]}\n`).join(''));
    write('flickr8k/Flickr_8k.trainImages.txt', 'a.jpg\nb.jpg\n');
    write('flickr8k/Flickr_8k.devImages.txt', 'c.jpg\n');
    for (const name of names) write(`flickr8k/Images/${name}`, name);
    // Out of order; the last of them has no file.
    const numbers = Array.from({ length: 20 }, (_, i) => 7 * (20 - i));
    write('coco/annotations/captions_some.json', JSON.stringify(cocoFile([...numbers, 999])));
    for (const number of numbers) write(`coco/images/${String(number).padStart(12, '0')}.jpg`, `${number}`);
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it("trains on both, validates on Flickr8k's list, and holds out 3 of each 16 of COCO by their numbers", async () => {
    const { splits, images, problems } = await load();
    const numbersOf = (ids: string[]) =>
      ids.map((id) => Number.parseInt(id)).filter((id) => !Number.isNaN(id));
    assert.deepEqual(splits.train.slice(0, 2), ['a.jpg', 'b.jpg']);
    assert.deepEqual(splits.validation, ['c.jpg']);
    // Places 0, 5 and 10 of the first 16, and 0 of the next.
    assert.deepEqual(numbersOf(splits.test), [7, 42, 77, 119]);
    assert.equal(numbersOf(splits.train).length, 16);
    assert.ok(images.every(({ file }) => fs.existsSync(file)));
    assert.deepEqual(
      problems.map(({ where }) => where),
      ['000000000999.jpg'],
    );
  });

  it("holds out COCO's own validation list where its captions have one", async () => {
    fs.rmSync(path.join(folder, 'coco/annotations/captions_some.json'));
    write('coco/annotations/captions_train2017.json', JSON.stringify(cocoFile([7, 14, 21])));
    write('coco/annotations/captions_val2017.json', JSON.stringify(cocoFile([28, 35])));
    const { splits } = await load();
    assert.deepEqual(splits.test, ['000000000028.jpg', '000000000035.jpg']);
    assert.equal(splits.train.length, 5);
  });

  it("says what is missing without Flickr8k's lists", async () => {
    fs.rmSync(path.join(folder, 'flickr8k/Flickr_8k.trainImages.txt'));
    await assert.rejects(
      load(),
      /list of training images is not in .*flickr8k: put Flickr_8k\.trainImages\.txt/,
    );
  });
});
