import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { instancesBeside } from '../../lib/data/datasets/instances-beside';
import { instancesOfDataset, knownObjects } from '../../lib/data/known-objects';
import { assertUserError } from '../helpers/user-error';

const CATEGORIES = [
  { id: 1, name: 'person' },
  { id: 18, name: 'dog' },
  { id: 67, name: 'dining table' },
];

/** COCO's instances of images with these numbers, each with the numbers of its categories. */
const instances = (images: Record<number, number[]>) => ({
  images: Object.keys(images).map((id) => ({ id: Number(id), file_name: `${id.padStart(12, '0')}.jpg` })),
  annotations: Object.entries(images).flatMap(([id, categories]) =>
    categories.map((category) => ({ image_id: Number(id), category_id: category, bbox: [0, 0, 1, 1] })),
  ),
  categories: CATEGORIES,
});

describe('objects of images by COCO instances', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'known-objects-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (name: string, content: unknown) => {
    const file = join(folder, name);
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  };

  it('gives each image its categories, by number or by file, and an image without objects none', () => {
    const file = write('i.json', instances({ 139: [1, 67, 1], 285: [], 7: [18] }));
    const known = knownObjects(['139', 'val2017/000000000285.jpg', '000000000007.jpg', 'other.jpg'], [file]);
    assert.deepEqual(known?.objects, {
      139: ['person', 'dining table'],
      'val2017/000000000285.jpg': [],
      '000000000007.jpg': ['dog'],
    });
    assert.match(known.note, /i\.json marks and what its references name; 1 of the 4 are not marked\.$/);
  });

  it('reads small files first, and no more than it takes', async () => {
    const small = write('instances_val.json', instances({ 1: [1] }));
    const large = write('instances_train.json', `${' '.repeat(10_000)}not JSON`);
    assert.deepEqual(knownObjects(['1'], [large, small])?.objects, { 1: ['person'] });
    await assertUserError(
      () => knownObjects(['1', '2'], [large, small]),
      /instances_train\.json is not valid/,
    );
    assert.equal(knownObjects(['2'], [small]), undefined);
    assert.equal(knownObjects(['2'], []), undefined);
  });

  it('lie beside the captions that they belong to', () => {
    const captions = write('captions_val2017.json', '{}');
    assert.deepEqual(instancesBeside(captions), []);
    const file = write('instances_val2017.json', '{}');
    write('instances_train2017.json', '{}');
    assert.deepEqual(instancesBeside(captions), [file]);
    assert.deepEqual(instancesBeside(join(folder, 'tokens.txt')), []);
    assert.deepEqual(instancesOfDataset({ dataset: 'coco', dataDir: folder }), [file]);
    assert.deepEqual(instancesOfDataset({ dataset: 'scenes', dataDir: folder }), []);
    mkdirSync(join(folder, 'instances_folder.json'));
    assert.deepEqual(instancesBeside(join(folder, 'captions_folder.json')), []);
  });

  // prettier-ignore
  const wrong: [what: string, content: unknown, message: RegExp][] = [
    ['broken JSON', '{', /i\.json is not valid JSON/],
    ['an empty object', {}, /i\.json is not a COCO instances file \(images: /],
    ['captions', { images: [{ id: 1, file_name: 'a.jpg' }], annotations: [{ image_id: 1, caption: 'x' }], categories: CATEGORIES }, /not a COCO instances file \(annotations\.0\.category_id/],
    ['a file without categories', { ...instances({ 1: [1] }), categories: undefined }, /not a COCO instances file \(categories/],
    ['other categories', { ...instances({ 1: [1] }), categories: [{ id: 1, name: 'gadget' }] }, /i\.json has none of COCO's 80 categories/],
  ];
  for (const [what, content, message] of wrong) {
    it(`refuses ${what}`, () =>
      assertUserError(() => knownObjects(['1'], [write('i.json', content)]), message));
  }

  it('refuses a file that is not there', () =>
    assertUserError(() => knownObjects(['1'], [join(folder, 'none.json')]), /none\.json/));
});
