import assert from 'node:assert';
import { existsSync, readFileSync } from 'node:fs';
import { parseCaptionCsv } from '../../lib/data/formats/caption-csv';
import { parseCocoCaptions } from '../../lib/data/formats/coco-json';
import { parseKarpathy } from '../../lib/data/formats/karpathy-json';
import { parseResultsCsv } from '../../lib/data/formats/results-csv';
import { parseTokenFile } from '../../lib/data/formats/token-file';
import type { CaptionFile } from '../../lib/data/types';
import { UserError } from '../../lib/errors';

/** Captions by image. */
const captionsOf = ({ images }: CaptionFile): Record<string, string[]> =>
  Object.fromEntries(images.map(({ id, captions }) => [id, captions]));

const placesOf = ({ problems }: CaptionFile): string[] => problems.map(({ where }) => where);

describe("Flickr8k's token file", () => {
  it('reads captions by image, with any line ends and a byte order mark', () => {
    const file = parseTokenFile(
      '\uFEFFa.jpg#0\tA dog .\r\na.jpg#1\tTwo  dogs .\r\n\r\nb b.jpg#0\tÉtoile, "x" .',
    );
    assert.deepStrictEqual(captionsOf(file), {
      'a.jpg': ['A dog .', 'Two dogs .'],
      'b b.jpg': ['Étoile, "x" .'],
    });
    assert.deepStrictEqual(file.problems, []);
  });

  it('lists broken rows, empty captions and rows that are there twice', () => {
    const file = parseTokenFile(
      [
        'a.jpg#0\tA dog .',
        'no tab here',
        'a.jpg#1\t .',
        'a.jpg#0\tA dog .',
        'a.jpg#2\tA dog .',
        'c.jpg#0\t',
      ].join('\n'),
    );
    assert.deepStrictEqual(captionsOf(file), { 'a.jpg': ['A dog .', 'A dog .'] }); // #2 says the same again
    assert.deepStrictEqual(placesOf(file), ['line 2', 'line 3', 'line 4', 'line 6']);
  });
});

describe("Kaggle's captions.txt", () => {
  it('reads quotes, commas, quoted line ends, CRLF and a byte order mark', () => {
    const file = parseCaptionCsv(
      '\uFEFFimage,caption\r\na.jpg,"A dog , a ""big"" one ."\r\na.jpg,Plain .\r\nb.jpg,"Two\r\nlines ."\r\n',
    );
    assert.deepStrictEqual(captionsOf(file), {
      'a.jpg': ['A dog , a "big" one .', 'Plain .'],
      'b.jpg': ['Two lines .'],
    });
    assert.deepStrictEqual(file.problems, []);
  });

  it('loses only the row whose quote is never closed', () => {
    const file = parseCaptionCsv('image,caption\na.jpg,"A dog\nb.jpg,A cat .\nc.jpg,"Well, quoted ."\n');
    assert.deepStrictEqual(captionsOf(file), { 'b.jpg': ['A cat .'], 'c.jpg': ['Well, quoted .'] });
    assert.deepStrictEqual(placesOf(file), ['line 2']);
  });

  it('loses only the row whose quote the next row seems to close', () => {
    const file = parseCaptionCsv(
      'image,caption\na.jpg,"A dog\nb.jpg,A ""cat"" ."\nc.jpg,"Two\nlines ."\nd.jpg,A 12" ruler .\n',
    );
    assert.deepStrictEqual(captionsOf(file), {
      'b.jpg': ['A ""cat"" ."'],
      'c.jpg': ['Two lines .'],
      'd.jpg': ['A 12" ruler .'],
    });
    assert.deepStrictEqual(placesOf(file), ['line 2']);
  });

  it('lists rows with too few or too many columns, and empty ones', () => {
    const file = parseCaptionCsv('image,caption\na.jpg\nb.jpg,one, two\nc.jpg,\n,no name\nd.jpg,fine\n');
    assert.deepStrictEqual(captionsOf(file), { 'd.jpg': ['fine'] });
    assert.deepStrictEqual(placesOf(file), ['line 2', 'line 3', 'line 4', 'line 5']);
  });

  it('says the right line after a quoted line end', () => {
    const file = parseCaptionCsv('image,caption\na.jpg,"two\nlines"\nb.jpg\n');
    assert.deepStrictEqual(placesOf(file), ['line 4']);
  });

  it('needs its header', () => {
    assert.deepStrictEqual(placesOf(parseCaptionCsv('a.jpg,A dog .\n')), ['line 1']);
    assert.deepStrictEqual(parseCaptionCsv('').images, []);
  });
});

describe("Flickr30k's results.csv", () => {
  it('reads pipes with spaces and repairs the row that lacks its separator', () => {
    const file = parseResultsCsv(
      [
        'image_name| comment_number| comment',
        '1.jpg| 0| Two young guys with "shaggy hair look | stare .',
        '1.jpg| 1| Two men .',
        '2199200615.jpg| 4   A dog runs across the grass .',
      ].join('\n'),
    );
    assert.deepStrictEqual(captionsOf(file), {
      '1.jpg': ['Two young guys with "shaggy hair look | stare .', 'Two men .'],
      '2199200615.jpg': ['A dog runs across the grass .'],
    });
    assert.deepStrictEqual(file.problems, []);
  });

  it('lists rows that can be read in no way', () => {
    const file = parseResultsCsv(
      'image_name| comment_number| comment\n1.jpg Two men .\n1.jpg| 0|\n1.jpg| 0| A\n1.jpg| 0| B\n',
    );
    assert.deepStrictEqual(captionsOf(file), { '1.jpg': ['A'] });
    assert.deepStrictEqual(placesOf(file), ['line 2', 'line 3', 'line 5']);
  });
});

describe("COCO's captions_*.json", () => {
  it('joins annotations with images by id and lists what fits nowhere', () => {
    const file = parseCocoCaptions(
      JSON.stringify({
        images: [{ id: 7, file_name: 'x.jpg' }, { id: 8, file_name: 'y.jpg' }, { id: 9 }],
        annotations: [
          { id: 1, image_id: 7, caption: 'A cat.\n' },
          { id: 1, image_id: 7, caption: 'The same row.' },
          { id: 2, image_id: 99, caption: 'Nowhere.' },
          { id: 3, image_id: 7, caption: 5 },
        ],
      }),
    );
    assert.deepStrictEqual(captionsOf(file), { 'x.jpg': ['A cat.'] });
    assert.deepStrictEqual(placesOf(file), [
      'images[2]',
      'annotations[1]',
      'annotations[2]',
      'annotations[3]',
      'y.jpg',
    ]);
  });

  it('joins ids that are numbers in one list and texts in the other', () => {
    const images = [
      { id: '7', file_name: 'a.jpg' },
      { id: 8, file_name: 'b.jpg' },
      { id: '000000000009', file_name: 'c.jpg' },
      { id: 'x1', file_name: 'd.jpg' },
    ];
    const annotations = [7, '8', 9, 'x1', '9'].map((image_id) => ({ image_id, caption: 'A cat.' }));
    const file = parseCocoCaptions(JSON.stringify({ images, annotations }));
    assert.deepStrictEqual(
      file.images.map(({ id, captions }) => [id, captions.length]),
      [['a.jpg', 1], ['b.jpg', 1], ['c.jpg', 2], ['d.jpg', 1]], // prettier-ignore
    );
    assert.deepStrictEqual(file.problems, []);
  });

  it('says what is wrong with another file', () => {
    assert.throws(() => parseCocoCaptions('{', 'c.json'), /UserError: c\.json is not valid JSON/);
    assert.throws(() => parseCocoCaptions('{"images": []}', 'c.json'), UserError);
    assert.throws(() => parseCocoCaptions('[]', 'c.json'), UserError);
  });

  const coco = '../shared/coco/captions_val2017.json';
  it("counts COCO's own validation file: 5,000 images, 25,014 captions", function () {
    if (!existsSync(coco)) return this.skip(); // it needs ../shared
    const file = parseCocoCaptions(readFileSync(coco, 'utf8'), coco);
    assert.strictEqual(file.images.length, 5000);
    assert.strictEqual(file.images.flatMap(({ captions }) => captions).length, 25014);
    assert.deepStrictEqual(file.problems, []);
  });
});

describe("Karpathy's JSON", () => {
  it('reads paths and splits; restval is training data', () => {
    const image = (filename: string, split: string): unknown => ({
      filepath: 'val2014',
      filename,
      split,
      sentences: [{ raw: 'A cat.', sentid: `${filename}1` }, { tokens: [] }],
    });
    const rows = [
      image('a.jpg', 'train'),
      image('b.jpg', 'restval'),
      image('c.jpg', 'val'),
      image('d.jpg', 'test'),
    ];
    const file = parseKarpathy(
      JSON.stringify({
        images: [...rows, image('e.jpg', 'odd'), image('a.jpg', 'test'), { filename: 'f.jpg' }],
      }),
    );
    assert.deepStrictEqual(
      file.images.map(({ id, path, split }) => [id, path, split]),
      [
        ['a.jpg', 'val2014/a.jpg', 'train'],
        ['b.jpg', 'val2014/b.jpg', 'train'],
        ['c.jpg', 'val2014/c.jpg', 'validation'],
        ['d.jpg', 'val2014/d.jpg', 'test'],
      ],
    );
    assert.strictEqual(file.problems.length, 7); // four sentences without raw, the unknown split, a.jpg again, f.jpg
  });
});
