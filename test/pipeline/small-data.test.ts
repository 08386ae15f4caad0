import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { command as evaluateCommand } from '../../lib/commands/evaluate';
import { command as preprocessCommand } from '../../lib/commands/preprocess';
import { mainOf } from '../../lib/commands/support/command';
import { command as trainCommand } from '../../lib/commands/train';
import { command as tuneCommand } from '../../lib/commands/tune';
import { configure } from '../../lib/config/configuration';
import { compareWithCharts, evaluateImages, trainWithCharts } from '../../lib/notebook/steps';
import { prepare } from '../../lib/pipeline/prepare';
import { PROJECT_ROOT } from '../../lib/project-root';
import { LITE0_WEIGHTS } from '../helpers/lite0';
import { saveTinyModel } from '../helpers/tiny-model';
import { runCommand } from '../helpers/run-command';
import { assertUserError } from '../helpers/user-error';

const photo = fs.readFileSync(path.join(PROJECT_ROOT, 'data', 'photos', 'cat.jpg'));
const [preprocess, train, evaluate, tune] = [
  preprocessCommand,
  trainCommand,
  evaluateCommand,
  tuneCommand,
].map(mainOf);

describe('data that is hardly any', function () {
  this.timeout(120_000);
  let dir: string;
  before(async function () {
    if (!LITE0_WEIGHTS) this.skip();
    dir = fs.mkdtempSync(path.join(os.tmpdir(), 'small-data-'));
    process.chdir(dir);
    await saveTinyModel('tiny-model');
    write('one', 'cat.jpg,a cat sits on a cat\n', { 'cat.jpg': photo });
    write('some', 'cat.jpg,a cat\ncat.jpg, .\nno row\ndog.jpg,a dog\n', { 'cat.jpg': photo });
    write('broken', 'cat.jpg,a cat\ndog.jpg,a cat\n', { 'cat.jpg': 'x', 'dog.jpg': 'x' });
  });
  after(() => {
    process.chdir(PROJECT_ROOT);
    if (dir) fs.rmSync(dir, { recursive: true });
  });

  function write(folder: string, rows: string, files: Record<string, string | Buffer>): void {
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(folder, 'captions.txt'), `image,caption\n${rows}`);
    for (const [name, content] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), content);
  }

  const of = (folder: string, ...more: string[]) => [
    ...['--dataset', 'folder', '--data-dir', folder, '--encoder-weights', LITE0_WEIGHTS!],
    ...more,
  ];
  const tiny = ['--preset', 'tiny', '--min-frequency', '1', '--epochs', '1'];

  it('one image and one caption are trained on, and what is missing is said', async () => {
    const { out } = await runCommand(train, of('one', ...tiny, '--scst-epochs', '1', '--model', 'model'));
    assert.match(out, /There are no validation images: nothing is scored, and the last epoch is kept\./);
    assert.match(out, /last epoch 1 of 1; then CIDEr optimization: last epoch 1 of 1\. Saved in model/);
    const scored = await runCommand(evaluate, of('one', '--model', 'model', '--split', 'train'));
    assert.match(scored.out, /^1 image, scores x 100:/m);
    assert.match(scored.out, /CIDEr of a single image is always 0/);
    assert.doesNotMatch(out + scored.out, /NaN|undefined|Infinity/);
    await assertUserError(
      evaluate(of('one', '--model', 'model')),
      /split validation of folder is empty: choose/,
    );
    const trials = of('one', ...tiny, '--try', 'learningRate=1e-3,1e-2', '--out', 'tuned');
    await assertUserError(tune(trials), /folder has no validation images to rank trials on: use two or more/);
    assert.ok(!fs.existsSync(path.join('tuned', 'results.jsonl')));
  });

  it('the steps of the notebooks take them, or say what is missing', async () => {
    const config = configure({
      preset: 'tiny',
      data: { dataset: 'folder', dataDir: 'one', minFrequency: 1 },
      encoder: { encoderWeights: LITE0_WEIGHTS! },
      training: { epochs: 1 },
      model: 'notebook',
    });
    const prepared = await prepare(config);
    const { record, model } = await trainWithCharts(config, prepared);
    assert.equal(record.best, 1);
    await assertUserError(
      evaluateImages(model, [], config),
      /There are no images to evaluate on: choose another/,
    );
    const compared = compareWithCharts({ preset: 'tiny' }, prepared, { minutes: 0.01 });
    await assertUserError(compared, /folder has no validation images to compare captioners on/);
    prepared.encoder.dispose();
    prepared.features.close();
  });

  it('each command says how much was left out, and where it is listed', async () => {
    const sentence =
      /^Left out: 3 rows and images \(the first: captions\.txt: line 3: empty caption\); (\S+) lists all\.$/m;
    for (const command of [preprocess, train]) {
      const epochs = command === train ? ['--epochs', '1', '--model', 'some-model'] : [];
      const more = ['--preset', 'tiny', '--min-frequency', '1', ...epochs];
      const { out } = await runCommand(command, of('some', ...more));
      const file = sentence.exec(out)?.[1];
      assert.equal(file, path.join('data', 'folder-problems.tsv'), out);
      assert.match(
        fs.readFileSync(file, 'utf8'),
        /^captions.txt: line 3\t.*\n.*line 4\t.*\ndog\.jpg\timage file is missing.*\n$/,
      );
      fs.rmSync(file);
    }
    const { out } = await runCommand(evaluate, of('some', '--model', 'some-model', '--split', 'train'));
    assert.equal(sentence.exec(out)?.[1], path.join('data', 'folder-evaluation-problems.tsv'), out);
  });

  it('a vocabulary of special tokens alone, and images of which none can be decoded', async () => {
    for (const command of [preprocess, train, tune]) {
      const more = command === tune ? ['--try', 'epochs=1,2', '--out', 'tuned'] : [];
      const rare = of('one', '--preset', 'tiny', '--min-frequency', '9', ...more);
      await assertUserError(command(rare), /No word of the captions occurs 9 times: lower --min-frequency/);
      const undecodable = of('broken', '--preset', 'tiny', '--min-frequency', '1', ...more);
      await assertUserError(command(undecodable), /No training image of folder can be decoded \(the first: .*folder-problems\.tsv lists all/); // prettier-ignore
    }
    await assertUserError(
      evaluate(['--images', 'broken', '--captions', 'broken/captions.txt', '--model', 'tiny-model']),
      /None of the images can be decoded \(the first: .*cat\.jpg cannot be decoded/,
    );
  });
});
