import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { barChart, lineChart } from '../../lib/plots/chart';
import { imageGrid } from '../../lib/plots/image-grid';
import { saveFigure, type Saved } from '../../lib/plots/save';
import { assertUserError } from '../helpers/user-error';

const PHOTO = path.join(__dirname, '..', '..', 'data', 'photos', 'cat.jpg');

describe('saving figures', () => {
  let folder: string;
  before(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'figures-'))));
  after(() => fs.rmSync(folder, { recursive: true }));

  const labels = { title: 'Loss', xLabel: 'epoch', yLabel: 'nats' };
  const line = lineChart([{ name: 'a', points: [[1, 3], [2, 2]] }], labels); // prettier-ignore
  const bars = barChart([['dog', 4]], { title: 'Words', xLabel: 'times' });
  const drawing =
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20"/></svg>';
  const kinds: [what: string, figure: () => Saved, width: number][] = [
    ['a chart', () => line, 640],
    ['charts side by side', () => [line, bars], 2 * 460],
    ['a figure of images', () => imageGrid([{ image: PHOTO, title: 'cat' }], { columns: 1, width: 200 }), 0],
    ['a drawing', () => drawing, 40],
  ];
  for (const [what, figure, width] of kinds) {
    it(`${what} becomes SVG, PNG or JPEG, as the name says`, async () => {
      const sizes: (number | undefined)[] = [];
      for (const [ending, format] of [
        ['svg', 'svg'],
        ['png', 'png'],
        ['jpg', 'jpeg'],
      ] as const) {
        // prettier-ignore
        const file = path.join(folder, 'new', `${what}.${ending}`);
        await saveFigure(figure(), file);
        const meta = await sharp(file).metadata();
        assert.equal(meta.format, format);
        sizes.push(meta.width);
      }
      if (width > 0) assert.deepEqual(sizes, [width, 2 * width, 2 * width]);
      else assert.equal(new Set(sizes).size, 1); // images keep their pixels
    });
  }

  it('lines of a chart stay lines, and the titles of all charts are there', async () => {
    const file = path.join(folder, 'two.svg');
    await saveFigure([line, bars], file);
    const svg = fs.readFileSync(file, 'utf8');
    assert.ok(
      svg.includes('>Loss<') && svg.includes('>Words<') && svg.includes('<path') && !svg.includes('<image'),
    );
  });

  it('refuses another ending', () =>
    assertUserError(
      saveFigure(line, path.join(folder, 'x.pdf')),
      /x\.pdf: expected a name that ends with \.svg/,
    ));
});
