import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { UserError } from '../../lib/errors';
import { Augmentations } from '../../lib/vision/features/augmentations';
import { attentionGrid } from '../../lib/plots/attention-grid';
import { imageGrid } from '../../lib/plots/image-grid';
import { markdownTable, scoreTable } from '../../lib/plots/tables';
import { textTable } from '../../lib/plots/text-table';
import { drawText } from '../../lib/plots/text';
import { augmentationGrid } from '../../lib/plots/augmentation-grid';

/** A picture of one color, encoded. */
function plain(width: number, height: number, color: string): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: color } })
    .png()
    .toBuffer();
}

/** The mean brightness, 0 to 255, of a part of a picture. */
async function brightness(
  picture: Buffer,
  left: number,
  top: number,
  width: number,
  height: number,
): Promise<number> {
  const part = await sharp(picture).extract({ left, top, width, height }).png().toBuffer();
  const { channels } = await sharp(part).stats();
  return (channels[0].mean + channels[1].mean + channels[2].mean) / 3;
}

describe('text', () => {
  it('wraps at words, and breaks words that are too long', async () => {
    const one = (await drawText([{ text: 'a dog' }], 200))!;
    const wrapped = (await drawText([{ text: 'a dog runs over the wide green field to the sea' }], 200))!;
    const broken = (await drawText([{ text: 'x'.repeat(100) }], 200))!;
    assert.ok(wrapped.width <= 200 && broken.width <= 200, `${wrapped.width} ${broken.width}`);
    assert.ok(wrapped.height > 1.8 * one.height && broken.height > 3 * one.height);
  });

  it('stands alike whatever its letters are', async () => {
    const heights = await Promise.all(
      ['a', 'dog', 'Ä!', 'running'].map(async (text) => (await drawText([{ text }], 200))!.height),
    );
    assert.equal(new Set(heights).size, 1, String(heights));
  });

  it('draws any characters, and nothing for nothing', async () => {
    assert.equal(await drawText([{ text: '  ' }, { text: '' }], 100), undefined);
    const odd = await drawText(
      [{ text: '<b>&"\'</span> \u0000\u0007 žluťoučký собака 狗 🐶', color: '"><' }],
      300,
    ).catch((thrown: unknown) => thrown);
    assert.ok(odd instanceof Error, 'a color that is none is an error, not markup');
    const text = (await drawText([{ text: '<b>&"\'</span> \u0000\u0007 žluťoučký собака 狗 🐶' }], 300))!;
    assert.ok(text.width > 150);
  });
});

describe('image grid', () => {
  it('gives each row the room that its longest caption needs', async () => {
    const image = await plain(64, 48, '#336699');
    const short = await imageGrid([{ image, lines: [{ text: 'a dog' }] }, { image }]);
    const long = await imageGrid([{ image, lines: [{ text: 'a dog runs '.repeat(15) }] }, { image }]);
    assert.equal(long.width, short.width);
    assert.ok(long.height > short.height + 60, `${long.height} ${short.height}`);
    const meta = await sharp(long.data).metadata();
    assert.deepEqual([meta.format, meta.width, meta.height], ['jpeg', long.width, long.height]);
    // What lies between the columns and at the right edge stays white.
    assert.ok((await brightness(long.data, 317, 0, 14, long.height)) > 253);
    assert.ok((await brightness(long.data, long.width - 14, 0, 14, long.height)) > 253);
  });

  it('shows whole pictures of any shape, transparency as white', async () => {
    const tall = await plain(20, 400, '#000000');
    const clear = await sharp({ create: { width: 30, height: 30, channels: 4, background: '#00000000' } })
      .png()
      .toBuffer();
    const { data } = await imageGrid([{ image: tall }, { image: clear }], { width: 100, height: 100 });
    assert.ok((await brightness(data, 64, 18, 4, 96)) < 20); // the tall one's middle, top to bottom
    assert.ok((await brightness(data, 16 + 116 + 10, 26, 80, 80)) > 250);
  });

  it('names the image that it can not read', async () => {
    const image = '/nowhere/dog.jpg';
    await assert.rejects(
      imageGrid([{ image }]),
      (thrown) => thrown instanceof UserError && thrown.message.includes(image),
    );
    await assert.rejects(imageGrid([{ image: Buffer.from('no image') }]), UserError);
    await assert.rejects(imageGrid([]), UserError);
  });
});

describe('attention grid', () => {
  it('is brightest where the attention is', async () => {
    const image = await plain(100, 100, '#808080');
    const corner = [1, 0, 0, 0]; // top left of 2 x 2
    const { data } = await attentionGrid(image, ['dog'], [corner], [2, 2], { width: 100 });
    const left = 16 + 100 + 16; // the second cell
    const top = 16 + 18 + 8; // below the word
    const [attended, other] = [
      await brightness(data, left + 4, top + 4, 20, 20),
      await brightness(data, left + 76, top + 76, 20, 20),
    ];
    assert.ok(attended > 150 && other < 110, `${attended} ${other}`);
    assert.ok(
      Math.abs((await brightness(data, 20, top + 4, 90, 90)) - 128) < 3,
      'the first cell is the picture alone',
    );
  });

  it('keeps the shape of the picture, and takes even attention', async () => {
    const wide = await attentionGrid(
      await plain(200, 100, '#808080'),
      ['a', 'b'],
      [[1, 1], new Float32Array([0.5, 0.5])],
      [1, 2],
      { width: 100 },
    );
    const square = await attentionGrid(
      await plain(100, 100, '#808080'),
      ['a', 'b'],
      [
        [1, 1],
        [1, 1],
      ],
      [1, 2],
      { width: 100 },
    );
    assert.equal(square.height - wide.height, 50);
  });

  it('refuses sizes that do not fit together', async () => {
    const image = await plain(10, 10, '#808080');
    const refused = (words: string[], attention: number[][]) =>
      assert.rejects(attentionGrid(image, words, attention, [1, 2]), UserError);
    await refused([], []);
    await refused(['a'], []);
    await refused(['a'], [[1, 2, 3]]);
    await refused(['a'], [[1, NaN]]);
    await assert.rejects(attentionGrid('/nowhere/dog.jpg', ['a'], [[1, 2]], [1, 2]), /\/nowhere\/dog\.jpg/);
  });
});

describe('view grid', () => {
  it('shows the mirror image without the captions that name a side', async () => {
    const file = path.join(os.tmpdir(), `augmentations-${process.pid}.png`);
    const dark = await plain(20, 40, '#000000');
    await sharp(await plain(40, 40, '#ffffff'))
      .composite([{ input: dark, left: 0, top: 0 }])
      .toFile(file);
    const augmentations = new Augmentations({ augment: 'flip', augmentations: 2, seed: 1 });
    const draw = async (captions: string[]) =>
      (await augmentationGrid({ id: 'a', file, captions }, augmentations)).data;
    try {
      const sided = await draw(['a dog on the left of a cat']);
      const top = 48; // below the titles
      assert.ok((await brightness(sided, 26, top, 80, 180)) < 20);
      assert.ok((await brightness(sided, 242, top, 80, 180)) > 235);
      assert.ok((await brightness(sided, 342, top, 80, 180)) < 20);
      assert.ok((await brightness(sided, 16, 246, 200, 20)) < 250);
      assert.ok((await brightness(sided, 232, 246, 200, 20)) > 254);
      assert.ok((await brightness(await draw(['a dog beside a cat']), 232, 246, 200, 20)) < 250);
    } finally {
      fs.rmSync(file);
    }
  });
});

describe('tables', () => {
  it('shows scores times 100, and gaps', () => {
    const rows = [
      { name: 'greedy', scores: { 'BLEU-4': 0.2113 } },
      { name: 'a|b <i>', scores: { 'BLEU-4': 0.2, CIDEr: 1.05 } },
    ];
    assert.equal(
      scoreTable(rows),
      [
        '|  | BLEU-4 | CIDEr |',
        '| --- | ---: | ---: |',
        '| greedy | 21.1 |  |',
        '| a\\|b &lt;i&gt; | 20.0 | 105.0 |',
      ].join('\n'),
    );
    assert.throws(() => scoreTable([]), UserError);
  });

  it('breaks the widest columns where a line is longer than the terminal', () => {
    const rows = [['a name of some words', 12], ['averyveryverylongword', 3]]; // prettier-ignore
    assert.equal(textTable(['what', 'n'], rows, Infinity).split('\n')[1], 'a name of some words   12');
    assert.deepEqual(textTable(['what', 'n'], rows, 16).split('\n'), [
      'what           n',
      'a name of     12',
      'some words',
      'averyveryver   3',
      'ylongword',
    ]);
  });

  it('puts numbers on the right and refuses uneven rows', () => {
    assert.equal(markdownTable(['name', 'n'], [['a\nb', 3]]), '| name | n |\n| --- | ---: |\n| a b | 3 |');
    assert.throws(() => markdownTable(['a', 'b'], [['1']]), UserError);
  });
});
