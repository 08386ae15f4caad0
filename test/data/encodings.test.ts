import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readEvaluationImages } from '../../lib/data/evaluation-images';
import { readCaptionFile } from '../../lib/data/caption-file';
import { readCaptionSet } from '../../lib/data/caption-sets/read-caption-set';
import { readWordVectors } from '../../lib/word-vectors/read';

/** A text as bytes of an encoding that Node cannot write, or can. */
const encoders: Record<string, (text: string) => Buffer> = {
  'UTF-8': (text) => Buffer.from(text),
  'UTF-8 with a mark': (text) => Buffer.from(`\uFEFF${text}`),
  'UTF-16 LE': (text) => Buffer.from(text, 'utf16le'),
  'UTF-16 LE with a mark': (text) => Buffer.from(`\uFEFF${text}`, 'utf16le'),
  'UTF-16 BE': (text) => Buffer.from(text, 'utf16le').swap16(),
  'UTF-16 BE with a mark': (text) => Buffer.from(`\uFEFF${text}`, 'utf16le').swap16(),
  // ’ is 0x92 in Windows-1252
  'Windows-1252': (text) => Buffer.from(text.replace(/’/g, '\x92'), 'latin1'),
};
const ends = { Unix: '\n', Windows: '\r\n', 'old Mac': '\r' };

describe('files of any encoding', () => {
  let dir: string;
  before(() => (dir = fs.mkdtempSync(path.join(os.tmpdir(), 'encodings-'))));
  after(() => fs.rmSync(dir, { recursive: true }));

  function write(name: string, content: string | Buffer): string {
    const file = path.join(dir, name);
    fs.writeFileSync(file, content);
    return file;
  }

  const captions = { 'é.jpg': ['Un garçon à l’école .', 'Plain .'] };
  const columns = 'image,caption\né.jpg,Un garçon à l’école .\né.jpg,Plain .\n';
  const coco = {
    images: [{ id: 1, file_name: 'é.jpg' }],
    annotations: captions['é.jpg'].map((caption) => ({ image_id: 1, caption })),
  };
  const sentences = captions['é.jpg'].map((raw) => ({ raw }));
  const files = {
    'token file': 'é.jpg#0\tUn garçon à l’école .\né.jpg#1\tPlain .\n',
    'captions.txt': columns,
    'results.csv':
      'image_name| comment_number| comment\né.jpg| 0| Un garçon à l’école .\né.jpg| 1| Plain .\n',
    "COCO's JSON": JSON.stringify(coco, null, 1),
    "Karpathy's JSON": JSON.stringify(
      { images: [{ filename: 'é.jpg', split: 'train', sentences }] },
      null,
      1,
    ),
  };
  for (const [encoding, encode] of Object.entries(encoders)) {
    for (const [system, end] of Object.entries(ends)) {
      it(`captions in ${encoding} with line ends of ${system}`, () => {
        for (const [name, text] of Object.entries(files)) {
          const { images, problems } = readCaptionFile(write('captions', encode(text.replaceAll('\n', end))));
          const read = Object.fromEntries(images.map((image) => [image.id, image.captions]));
          assert.deepEqual([read, problems], [captions, []], name);
        }
      });
    }

    it(`split lists, references and word vectors in ${encoding}`, async () => {
      write('é.jpg', 'x');
      const given = {
        images: dir,
        captions: write('captions.txt', columns),
        list: write('list', encode('é.jpg\r\n')),
      };
      assert.deepEqual(readEvaluationImages(given).problems, []);
      const references = readCaptionSet(write('r.json', encode('{"é": ["l’été"]}')), 'references');
      assert.deepEqual([...references.captions], [['é', ['l’été']]]);
      const vectors = await readWordVectors(write('vectors', encode('l’été 1 2\rplain 3 4\r')), {
        words: ['l’été', 'plain'],
        size: 2,
      });
      assert.deepEqual(
        [...vectors],
        [
          ['l’été', Float32Array.of(1, 2)],
          ['plain', Float32Array.of(3, 4)],
        ],
      );
    });
  }

  const problemsOf = (bytes: Buffer) => {
    const { images, problems } = readCaptionFile(write('c.txt', bytes));
    return [images.flatMap((image) => image.captions), problems.map(({ where }) => where)];
  };
  const rows = (...lines: Buffer[]) =>
    Buffer.concat(
      lines.map((line, i) => Buffer.concat([Buffer.from(`a.jpg#${i}\t`), line, Buffer.from('\n')])),
    );

  it('list the lines that are neither UTF-8 nor told as something else, and read the others', () => {
    const latin = Buffer.from('Un café .', 'latin1');
    const utf8 = Buffer.from('Un café .');
    const cyrillic = Buffer.from([0xd1, 0xee, 0xe1, 0xe0, 0xea, 0xe0, 0x20, 0x2e]); // Windows-1251
    assert.deepEqual(problemsOf(rows(utf8, latin, utf8)), [['Un café .', 'Un café .'], ['c.txt: line 2']]);
    assert.deepEqual(problemsOf(rows(cyrillic, Buffer.from('A dog .'))), [['A dog .'], ['c.txt: line 1']]);
    assert.deepEqual(problemsOf(rows(Buffer.from('Plain .'), latin)), [['Plain .', 'Un café .'], []]);
  });

  it('list captions with NUL bytes; a line separator of Unicode is a blank', () => {
    const text = rows(Buffer.from('A\0 dog .'), Buffer.from('A\u2028cat\u2029sits .'));
    assert.deepEqual(problemsOf(text), [['A cat sits .'], ['c.txt: line 1']]);
  });

  it('list rows of megabytes and read the others', () => {
    const long = Buffer.alloc(10_000_000, 'word ');
    assert.deepEqual(problemsOf(rows(long, Buffer.from('A dog .'))), [['A dog .'], ['c.txt: line 1']]);
    const names = Buffer.concat([Buffer.from(`image,caption\n`), long, Buffer.from(',A .\na.jpg,A dog .\n')]);
    assert.deepEqual(problemsOf(names), [['A dog .'], ['c.txt: line 2']]);
  });
});
