import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { command as captionCommand } from '../../lib/commands/caption';
import { command as evaluateCommand } from '../../lib/commands/evaluate';
import { command as trainCommand } from '../../lib/commands/train';
import { mainOf } from '../../lib/commands/support/command';
import { dataOptions } from '../../lib/data/options';
import { readCaptionFile } from '../../lib/data/caption-file';
import type { DatasetDefinition } from '../../lib/data/datasets/definition';
import { datasetNames, registerDataset } from '../../lib/data/datasets/registry';
import type { CaptionFormat } from '../../lib/data/formats/format';
import { registerCaptionFormat } from '../../lib/data/formats/registry';
import { runCommand } from '../helpers/run-command';
import { assertUserError } from '../helpers/user-error';

const caption = mainOf(captionCommand);
const evaluate = mainOf(evaluateCommand);
const train = mainOf(trainCommand);

const PROJECT = path.resolve(__dirname, '..', '..');
const PHOTOS = path.join(PROJECT, 'data', 'photos');

/** A folder of photographs, each with its file's name as a caption: all that a new data set takes. */
const namedPhotos: DatasetDefinition = {
  name: 'named-photos',
  description: 'photographs that are called what they show',
  files: 'nothing but images',
  read({ folder }) {
    const names = fs.readdirSync(folder).filter((name) => name.endsWith('.jpg'));
    const images = names.map((id) => ({ id, captions: [`a picture of a ${path.parse(id).name}`] }));
    return { captions: { images, problems: [] } };
  },
};

describe('a data set registered at run time', function () {
  this.timeout(120_000);
  const others = datasetNames();
  let folder: string;
  let remove: () => void;
  before(() => {
    remove = registerDataset(namedPhotos);
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'datasets-'));
    process.chdir(folder);
  });
  after(() => {
    remove();
    process.chdir(PROJECT);
    fs.rmSync(folder, { recursive: true });
  });

  const flags = ['--dataset', 'named-photos', '--data-dir', PHOTOS];

  it('trains, evaluates and captions', async () => {
    const tiny = ['--preset', 'tiny', '--epochs', '1', '--model', 'model'];
    const trained = await runCommand(train, [...flags, ...tiny]);
    assert.match(trained.out, /Saved in model\./);
    const evaluated = await runCommand(evaluate, [...flags, '--split', 'train', '--model', 'model']);
    // Four photographs: one is for validation.
    assert.match(evaluated.out, /^3 images, scores x 100:/m);
    const { out } = await runCommand(caption, [path.join(PHOTOS, 'cat.jpg'), '--model', 'model']);
    assert.ok(out.length > 0);
  });

  it('is among the values in help, and unknown once it is removed', async () => {
    const { out } = await runCommand((argv) => train(argv).catch(() => {}), ['--help']);
    const listed = `[one of ${[...others, 'named-photos'].join(', ')}; default: scenes]`;
    assert.ok(out.replace(/\s+/g, ' ').includes(listed), out);
    remove();
    assert.ok(!dataOptions.safeParse({ dataset: 'named-photos' }).success);
    const sentence = new RegExp(`--dataset: expected one of ${others.join(', ')}, got "named-photos"`);
    await assertUserError(train(flags), sentence);
    assert.throws(() => registerDataset({ ...namedPhotos, name: 'coco' }), /"coco" is registered already/);
  });
});

describe('a format of caption files registered at run time', () => {
  const arrows: CaptionFormat = {
    name: 'arrows (name -> caption)',
    recognizes: (text) => text.includes(' -> '),
    parse: (text) => ({
      images: text
        .split('\n')
        .map((line) => ({ id: line.split(' -> ')[0], captions: [line.split(' -> ')[1]] })),
      problems: [{ where: 'line 9', what: 'odd' }],
    }),
  };

  it('reads what no other recognizes, with problems that name the file', async () => {
    const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'formats-')), 'a.txt');
    fs.writeFileSync(file, 'a.jpg -> a dog\nb.jpg -> a cat');
    await assertUserError(() => readCaptionFile(file), /a\.txt is not a caption file of a known format/);
    const remove = registerCaptionFormat(arrows);
    try {
      const { images, problems } = readCaptionFile(file);
      assert.deepEqual(images[1], { id: 'b.jpg', captions: ['a cat'] });
      assert.deepEqual(problems, [{ where: 'a.txt: line 9', what: 'odd' }]);
    } finally {
      remove();
      fs.rmSync(path.dirname(file), { recursive: true });
    }
  });
});
