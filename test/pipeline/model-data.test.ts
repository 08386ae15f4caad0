import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { SHIPPED_MODEL } from '../../lib/generate-caption';
import type { Dataset } from '../../lib/data/types';
import type { ModelRecord } from '../../lib/model/format';
import { ImageSet } from '../../lib/model/image-set';
import { trainingImagesOf } from '../../lib/model/saved-model';
import { ownDataOf, warningsAbout } from '../../lib/pipeline/model-data';
import { assertUserError } from '../helpers/user-error';

const PROJECT = path.resolve(__dirname, '..', '..');
const FLICKR8K = path.join(PROJECT, '..', 'shared', 'flickr8k');

describe('the images that a model was trained on', () => {
  let folder: string;
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'model-data-'))));
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const namesOf = (count: number, of = 'image') => Array.from({ length: count }, (_, i) => `${of}-${i}.jpg`);

  /** A model of a data set of ten images, nine of them for training. */
  function model(changes: object = {}) {
    const bytes = ImageSet.of(namesOf(9)).toBytes();
    fs.writeFileSync(path.join(folder, 'images.bin'), bytes);
    const dataset = { name: 'flickr8k', fingerprint: 'aa', splits: { train: 9, validation: 1, test: 0 } };
    const record = { trainingImages: { file: 'images.bin', count: 9 }, training: { dataset }, ...changes };
    return { folder, record: record as unknown as ModelRecord };
  }
  const datasetOf = (name: string, fingerprint: string, train: string[]): Dataset => ({
    name,
    fingerprint,
    images: [],
    splits: { train, validation: [], test: [] },
    problems: [],
  });

  it('are hashes of 8 bytes in order, the first of SHA-256', () => {
    const bytes = ImageSet.of(['b.jpg', 'a.jpg', 'some/folder/a.jpg']).toBytes();
    const expected = ['a.jpg', 'b.jpg']
      .map((name) => createHash('sha256').update(name).digest('hex').slice(0, 16))
      .sort();
    assert.equal(bytes.toString('hex'), expected.join(''));
  });

  it('come back from their file, and join with others', () => {
    const file = path.join(folder, 'images.bin');
    fs.writeFileSync(file, ImageSet.of(namesOf(1000)).toBytes());
    const read = ImageSet.read(file);
    assert.equal(read.size, 1000);
    assert.ok(namesOf(1000).every((name) => read.has(name)));
    assert.ok(!namesOf(1000, 'other').some((name) => read.has(name)));
    assert.equal(read.with(ImageSet.of(['image-1.jpg', 'more.jpg'])).size, 1001);
  });

  it('are missed where their file is cut off or gone', async () => {
    const file = path.join(folder, 'images.bin');
    await assertUserError(() => ImageSet.read(file), /images\.bin is missing or was cut off/);
    fs.writeFileSync(file, Buffer.alloc(9));
    await assertUserError(() => ImageSet.read(file), /images\.bin is missing or was cut off/);
  });

  it('are warned of, however many they are, and wherever they lie', () => {
    assert.deepEqual(warningsAbout(model(), ['image-9.jpg']), []);
    assert.match(
      warningsAbout(model(), ['x/image-3.jpg', 'image-9.jpg'])[0],
      /^WARNING: .* trained on 1 of these 2 images/,
    );
    assert.match(warningsAbout(model(), ['image-3.jpg'])[0], /^WARNING: .* on all of these 1 images/);
  });

  it('are warned of by any name of the photograph', () => {
    const trainedOn = (...names: string[]) => {
      const images = model();
      fs.writeFileSync(path.join(folder, 'images.bin'), ImageSet.of(names).toBytes());
      return images;
    };
    const pairs = [
      ['COCO_train2014_000000000042.jpg', '000000000042.jpg'],
      ['000000000042.jpg', 'val2014/COCO_val2014_000000000042.jpg'],
      ['COCO_val2014_000000000042.jpg', 'COCO_train2014_000000000042.jpg'],
      ['1000268201_693b08cb0e.jpg', '1000268201.jpg'],
      ['1000268201.jpg', '1000268201_693b08cb0e.jpg'],
      ['1000268201_693b08cb0e.jpg', '1000268201_693b08cb0e_b.jpg'],
    ];
    for (const [trained, evaluated] of pairs) {
      const warning = warningsAbout(trainedOn(trained), [evaluated]).join();
      assert.match(warning, /on all of these 1 images/, evaluated);
    }
    const others = ['000000000043.jpg', '42.jpg', '1000268202.jpg', '1000268202_693b08cb0e.jpg'];
    assert.deepEqual(warningsAbout(trainedOn(...pairs.flat()), others), []);
  });

  it('are warned of in files with the hashes of the names as they were', () => {
    const names = ['COCO_train2014_000000000042.jpg', '1000268201_693b08cb0e.jpg'];
    const hashes = names.map((name) => createHash('sha256').update(name).digest('hex').slice(0, 16)).sort();
    const old = model();
    fs.writeFileSync(path.join(folder, 'images.bin'), Buffer.from(hashes.join(''), 'hex'));
    const evaluated = [
      '000000000042.jpg',
      '1000268201_693b08cb0e.jpg',
      '1000268201_693b08cb0e_b.jpg',
      '1.jpg',
    ];
    assert.match(warningsAbout(old, evaluated).join(), /on 3 of these 4 images/);
  });

  it('tell another data set of the same name, and not one that lacks a few images', () => {
    const same = datasetOf('flickr8k', 'aa', namesOf(9));
    const fewer = datasetOf('flickr8k', 'bb', namesOf(7));
    const other = datasetOf('flickr8k', 'cc', namesOf(9, 'other'));
    const scenes = datasetOf('scenes', 'dd', namesOf(9, 'scene'));
    const warnings = [same, fewer, other, scenes].map((dataset) =>
      warningsAbout(model(), ['image-9.jpg'], dataset),
    );
    assert.deepEqual([warnings[0], warnings[1]], [[], []]);
    assert.match(
      warnings[2].join(),
      /^WARNING: this is another flickr8k than .* of its 9 training images the model knows 0\.$/,
    );
    assert.match(warnings[3].join(), /was trained on flickr8k, and these images are of scenes\.$/);
  });

  it('are not known of an older model, which says so', () => {
    const old = model({ trainingImages: undefined, training: {} });
    assert.match(warningsAbout(old, ['image-9.jpg']).join(), /does not say which images it was trained on/);
    assert.equal(ownDataOf(old), undefined);
  });

  describe('of the captioner that comes with the project', () => {
    const shipped = () => {
      const record = JSON.parse(
        fs.readFileSync(path.join(PROJECT, SHIPPED_MODEL, 'model.json'), 'utf8'),
      ) as ModelRecord;
      return { folder: path.join(PROJECT, SHIPPED_MODEL), record };
    };

    it('are 6,000 of Flickr8k and 650 of COCO', () => {
      assert.equal(trainingImagesOf(shipped())?.size, 6650);
      assert.deepEqual(ownDataOf(shipped()), { dataset: 'flickr8k-coco' });
      assert.equal(shipped().record.shipped, true);
    });

    it('are those of the official list', function () {
      if (!fs.existsSync(FLICKR8K)) this.skip();
      const namesIn = (list: string) =>
        fs.readFileSync(path.join(FLICKR8K, list), 'utf8').trim().split(/\s+/);
      const known = trainingImagesOf(shipped())!;
      assert.ok(namesIn('Flickr_8k.trainImages.txt').every((name) => known.has(name)));
      assert.ok(!namesIn('Flickr_8k.devImages.txt').some((name) => known.has(name)));
    });
  });
});
