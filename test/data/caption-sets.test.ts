import fc from 'fast-check';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { matchImages } from '../../lib/data/caption-sets/match-images';
import { readCaptionSet } from '../../lib/data/caption-sets/read-caption-set';
import { UserError } from '../../lib/errors';
import { assertUserError } from '../helpers/user-error';

const COCO = {
  images: [
    { id: 139, file_name: '000000000139.jpg' },
    { id: '285', file_name: '000000000285.jpg' },
  ],
  annotations: [
    { id: 1, image_id: 139, caption: 'A woman in a room.' },
    { id: 2, image_id: '139', caption: 'A room with chairs.' },
    { id: 3, image_id: 285, caption: 'A bear.' },
  ],
};

const KARPATHY = {
  dataset: 'coco',
  images: [
    {
      filepath: 'val2014',
      filename: 'COCO_val2014_000000000139.jpg',
      cocoid: 139,
      split: 'test',
      sentences: [{ raw: 'A woman in a room.' }],
    },
  ],
};

describe('captions of one file, to be scored', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'caption-sets-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const read = (content: unknown, name = 'c.json') => {
    const file = join(folder, name);
    const isText = typeof content === 'string' || content instanceof Uint8Array;
    writeFileSync(file, isText ? content : JSON.stringify(content));
    return readCaptionSet(file, 'captions');
  };
  const captionsOf = (content: unknown, name?: string) => Object.fromEntries(read(content, name).captions);

  it('reads an object by image, with one caption or a list', () => {
    assert.deepEqual(captionsOf({ a: 'x', 'b.jpg': ['y', 'z'] }), { a: ['x'], 'b.jpg': ['y', 'z'] });
    assert.deepEqual(captionsOf('\uFEFF{"a": ["x"]}'), { a: ['x'] });
    // An image may be called as the members of COCO's files are.
    assert.deepEqual(captionsOf({ images: ['x'], annotations: 'y' }), { images: ['x'], annotations: ['y'] });
  });

  it("reads COCO's results, with numbers or texts as ids", () => {
    const rows = [
      { image_id: 1, caption: 'x' },
      { image_id: '000000000002', caption: 'y', id: 7 },
    ];
    assert.deepEqual(captionsOf(rows), { 1: ['x'], 2: ['y'] });
  });

  it('joins the rows of an image where they are references', () => {
    const rows = [
      { image_id: 1, caption: 'x' },
      { image_id: 2, caption: 'y' },
      { image_id: '01', caption: 'z' },
    ];
    const file = join(folder, 'list.json');
    for (const content of [rows, { annotations: rows }]) {
      writeFileSync(file, JSON.stringify(content));
      const { captions } = readCaptionSet(file, 'references', { join: true });
      assert.deepEqual(Object.fromEntries(captions), { 1: ['x', 'z'], 2: ['y'] });
    }
  });

  it('reads what npm run evaluate writes, and characters that stand for others', () => {
    assert.deepEqual(captionsOf({ 'BLEU-1': 0.5, captions: { a: 'x', b: 'y' }, perImage: {} }), {
      a: ['x'],
      b: ['y'],
    });
    assert.deepEqual(captionsOf({ captions: 'x', perImage: ['y'] }), { captions: ['x'], perImage: ['y'] });
    assert.deepEqual(captionsOf({ a: 'caf\uFFFD' }), { a: ['caf\uFFFD'] });
  });

  it('reads what npm run caption writes, the best caption of an image first', () => {
    const words = [{ word: 'x', logProbability: -1 }];
    const several = [
      { caption: 'y', score: -1 },
      { caption: 'z', score: -2 },
    ];
    const rows = [
      { image: 'photos/a.jpg', caption: 'x', score: -1, words },
      { image: 'https://example.org/b.jpg?size=1', caption: 'y', score: -1, words, captions: several },
      { image: 'c.jpg', caption: 'z', captions: several },
    ];
    assert.deepEqual(captionsOf(rows), {
      'photos/a.jpg': ['x'],
      'https://example.org/b.jpg?size=1': ['y', 'z'],
      'c.jpg': ['z', 'y', 'z'],
    });
  });

  it("reads COCO's annotations by number, Karpathy's too, and other caption files by name", () => {
    const coco = { 139: ['A woman in a room.', 'A room with chairs.'], 285: ['A bear.'] };
    assert.deepEqual(captionsOf(COCO), coco);
    assert.deepEqual(captionsOf(KARPATHY), { 139: ['A woman in a room.'] });
    assert.deepEqual(captionsOf('a.jpg#0\tA dog .\na.jpg#1\tA cat .\n', 'tokens.txt'), {
      'a.jpg': ['A dog .', 'A cat .'],
    });
    assert.deepEqual(captionsOf('image,caption\na.jpg,"A dog, a cat"\n', 'captions.txt'), {
      'a.jpg': ['A dog, a cat'],
    });
  });

  it('names what it leaves out of a data set', () => {
    const annotations = [...COCO.annotations, { id: 4, image_id: 285, caption: null }];
    const { problems } = read({ images: [...COCO.images, { id: 2 ** 53, file_name: 'x' }], annotations });
    assert.deepEqual(
      problems.map(({ where, what }) => `${where}: ${what}`),
      [
        'c.json: images[2]: image without a usable id',
        'c.json: annotations[3]: annotation without a usable caption',
      ],
    );
  });

  it('matches ids however they are written, and files by their names', () => {
    const references = read(COCO, 'r.json');
    for (const names of [
      [139, '285'],
      ['000000000139', 285],
      ['val2017/000000000139.jpg', 'C:\\coco\\000000000285.jpg'],
      ['COCO_val2014_000000000139.jpg', '000000000285'],
    ]) {
      const rows = names.map((image_id) => ({ image_id, caption: `caption of ${image_id}` }));
      const matched = matchImages(references, read(rows));
      assert.deepEqual(matched.candidates, {
        139: [`caption of ${names[0]}`],
        285: [`caption of ${names[1]}`],
      });
      assert.deepEqual([matched.withoutCandidate, matched.withoutReferences], [[], []]);
    }
    // Numbers as candidates find references that are named by files, and an image whose file name two folders have
    // is meant by its whole path alone.
    const files = read({ 'b/000000000007.jpg': 'x', 'a/1.jpg': 'y', 'b/1.jpg': 'z' }, 'r.json');
    const matched = matchImages(files, read({ 7: 'seven', 'b/1.jpg': 'one', '1.jpg': 'which?' }));
    assert.deepEqual(matched.candidates, { 'b/000000000007.jpg': ['seven'], 'b/1.jpg': ['one'] });
    assert.deepEqual([matched.withoutCandidate, matched.withoutReferences], [['a/1.jpg'], ['1.jpg']]);
  });

  it('refuses two candidates of one image, and files without a common image', async () => {
    const references = read(COCO, 'r.json');
    const twice = read({ 139: 'x', 'val2017/000000000139.jpg': 'y' });
    await assertUserError(() => matchImages(references, twice), /c\.json has images twice: "139"; keep/);
    await assertUserError(
      () => matchImages(references, read({ a: 'x' })),
      /No image of .*c\.json \("a", …\) is in .*r\.json \("139", …\)/,
    );
  });

  const cyrillic = Buffer.from('{"a": "\xd1\xee\xe1\xe0\xea\xe0"}', 'latin1'); // Windows-1251
  // prettier-ignore
  const wrong: [what: string, content: unknown, message: RegExp][] = [
    ['an empty file', '', /c\.json is not valid JSON/],
    ['an empty object', {}, /c\.json has no captions: give/],
    ['an empty list', [], /c\.json has no captions: give/],
    ['a number', 7, /c\.json must hold a JSON object that maps each image to its captions, or a list/],
    ['null', null, /c\.json must hold a JSON object/],
    ['a text', '"a"', /c\.json must hold a JSON object/],
    ['broken JSON over several lines', '{"a":\n"x",\n}', /c\.json is not valid JSON/],
    ['a list of texts', ['x'], /c\.json: entry 1 has the value "x": expected \[\{"image_id"/],
    ['a list of lists', [['x']], /c\.json: entry 1 has the value \["x"\]/],
    ['a row without an image', [{ image_id: 1, caption: 'x' }, { caption: 'y' }], /entry 2 has neither image_id nor image/],
    ['an id that is null', [{ image_id: null, caption: 'x' }], /entry 1 has the image_id null/],
    ['an id that is no whole number', [{ image_id: 1.5, caption: 'x' }], /image_id 1\.5, which is no exact number/],
    ['an id beyond 2^53', '[{"image_id": 9007199254740993, "caption": "x"}]', /entry 1 has the image_id 9007199254740992, which is no exact number: write it as a string/],
    ['a caption that is null', [{ image_id: 1, caption: null }], /entry 1 has the caption null/],
    ['a row without a caption', [{ image_id: 1 }], /entry 1 has no caption/],
    ['captions that are numbers', [{ image: 'a', captions: [7] }], /entry 1 has the captions \[7\]/],
    ['ids twice', [{ image_id: 5, caption: 'x' }, { image_id: 5, caption: 'y' }], /c\.json has images twice: "5"; keep one/],
    ['ids twice, as number and text', [{ image_id: 5, caption: 'x' }, { image_id: '05', caption: 'y' }], /twice: "5"/],
    ['images twice in an object', '{"a": "x", "\\u0061": "y"}', /c\.json has images twice: "a"/],
    ['one number in two spellings', { '01': 'x', 1: 'y' }, /c\.json has images twice: "1"/],
    ['an image with null', { a: null }, /image "a" needs a caption or a list of captions, each a string, and has null/],
    ['an image with an empty list', { a: [] }, /image "a" needs .* and has \[\]/],
    ['an image with an object', { a: { caption: 'x' } }, /image "a" needs .* and has \{"caption":"x"\}/],
    ['COCO images without annotations', { images: COCO.images, annotations: [] }, /c\.json has no captions \(c\.json: 000000000139\.jpg: no caption\)/],
    ['COCO without images', { images: [], annotations: [] }, /c\.json has no captions: name/],
    ['COCO annotations of no image', { images: [], annotations: COCO.annotations }, /image 139 is not listed/],
    ['text of an encoding that cannot be told', cyrillic, /c\.json has characters of an encoding that .*: save it as UTF-8/],
  ];
  for (const [what, content, message] of wrong)
    it(`refuses ${what}`, () => assertUserError(() => read(content), message));

  it('reads or refuses any JSON, with one sentence', () => {
    const key = fc.constantFrom(
      'images',
      'annotations',
      'image_id',
      'image',
      'caption',
      'captions',
      'id',
      'a',
      '__proto__',
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, fc.jsonValue({ maxDepth: 0 }), tie('list'), tie('object')),
      list: fc.array(tie('value'), { maxLength: 3 }),
      object: fc.dictionary(key, tie('value'), { maxKeys: 4 }),
    }));
    fc.assert(
      fc.property(value, (content) => {
        try {
          const { captions } = read(JSON.stringify(content));
          assert.ok(captions.size > 0);
          for (const texts of captions.values()) assert.ok(texts.length > 0);
        } catch (error) {
          assert.ok(error instanceof UserError, String(error));
          assert.match(error.message, /^[^\n]+\.$/);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('refuses a folder and a file that is not there', async () => {
    await assertUserError(
      () => readCaptionSet(folder, 'references'),
      /is a folder: name the file of the ref/,
    );
    await assertUserError(() => readCaptionSet(join(folder, 'none.json'), 'references'), /none\.json/);
  });
});
