import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { loadDataset } from '../../lib/data/load';
import { readEvaluationImages } from '../../lib/data/evaluation-images';
import { dataOptions } from '../../lib/data/options';
import { assertUserError } from '../helpers/user-error';

describe('what is missing', () => {
  let dir: string;
  beforeEach(() => (dir = fs.mkdtempSync(path.join(os.tmpdir(), 'missing-'))));
  afterEach(() => fs.rmSync(dir, { recursive: true }));

  function write(...names: string[]): void {
    for (const name of names) {
      fs.mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
      fs.writeFileSync(path.join(dir, name), name);
    }
  }
  const writeCaptions = (...names: string[]) =>
    fs.writeFileSync(
      path.join(dir, 'captions.txt'),
      `image,caption\n${names.map((name) => `${name},A dog .\n`).join('')}`,
    );
  const load = (dataset = 'folder', dataDir = dir) => loadDataset(dataOptions.parse({ dataset, dataDir }));

  it('is no image whose file has another ending, case or form of accents, where it is the only one', async () => {
    const names = ['a.jpg', 'b.jpg', 'c.jpg', 'd', 'e\u0301.jpg', 'f.jpg'];
    const files = ['a.jpeg', 'B.JPG', 'c.png', 'd.jpg', '\u00e9.jpg', 'f.jpg'];
    writeCaptions(...names);
    write(...files.map((name) => `Images/${name}`), 'Images/f.png', 'Images/a.txt');
    const { images, problems } = await load();
    assert.deepEqual(
      images.map(({ id, file }) => [id, path.basename(file)]),
      names.map((name, i) => [name, files[i]]),
    );
    assert.deepEqual(problems, []);
  });

  it('is an image of which there are several forms, or none, with the folders that were searched', async () => {
    writeCaptions('a.jpg', 'b.jpg', 'c.jpg', 'D.jpg', 'd.jpg');
    write('images/a.png', 'images/A.JPG', 'c.jpg', 'd.jpg');
    const { images, problems } = await load();
    assert.deepEqual(images.map(({ id }) => id), ['c.jpg', 'D.jpg']); // prettier-ignore
    const searched = `image file is missing in ${dir}/images, ${dir}`;
    assert.deepEqual(problems, [
      { where: 'a.jpg', what: `${searched}; near it are ${dir}/images/A.JPG, ${dir}/images/a.png` },
      { where: 'b.jpg', what: searched },
      { where: 'd.jpg', what: `the same photograph as D.jpg (${dir}/d.jpg)` }, // D.jpg took its file
    ]);
  });

  it('is a folder of data that is none, is empty, or has something else', async () => {
    const nowhere = path.join(dir, 'nowhere');
    await assertUserError(
      load('flickr8k', nowhere),
      /The folder \S+nowhere does not exist: .*--data-dir or DATA_DIR/,
    );
    await assertUserError(load('coco', nowhere), /The folder \S+nowhere does not exist/);
    await assertUserError(load('coco'), /has no captions_\*\.json; it is empty: put it there, or/);
    await assertUserError(load('flickr8k'), /has no Flickr8k.token.txt, captions.txt, captions.csv \(one of/);
    write('b.jpg', 'readme', 'deep/captions.txt', '.hidden', 'd', 'e', 'f');
    const captions = path.join(dir, 'deep', 'captions.txt');
    await assertUserError(
      load('flickr8k', captions),
      /captions\.txt is a file, not a folder: .*DATA_DIR: \S+deep\./,
    );
    await assertUserError(load('coco'), /it has deep\/, b\.jpg, d, e, f and 1 more: put it there/);
    await assertUserError(load('flickr8k'), /it has deep\/.*: name \S+deep with --data-dir or DATA_DIR\.$/);
  });

  it('is a folder of images to evaluate on, or its caption file', async () => {
    writeCaptions('a.jpg');
    const captions = path.join(dir, 'captions.txt');
    const read = (given: { images: string; captions: string }) => () => readEvaluationImages(given);
    await assertUserError(
      read({ images: captions, captions }),
      /captions\.txt is a file, not a folder: .*--images/,
    );
    await assertUserError(read({ images: `${dir}/x`, captions }), /folder \S+x does not exist: .*--images/);
    await assertUserError(
      read({ images: dir, captions: dir }),
      /is a folder: name the file of the captions in it/,
    );
  });

  it('is every image, or every caption', async () => {
    writeCaptions('a.jpg', 'b.jpg');
    await assertUserError(
      load(),
      /None of the 2 images with captions of folder is in .*2 problems, the first: a\.jpg: image file is/,
    );
    fs.writeFileSync(path.join(dir, 'captions.txt'), 'image,caption\na.jpg, .\nb.jpg,\n');
    await assertUserError(
      load(),
      /No caption of folder in \S+ can be read .*2 problems, the first: captions\.txt: line 2: empty/,
    );
  });
});
