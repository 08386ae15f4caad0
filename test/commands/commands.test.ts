import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { command as captionCommand } from '../../lib/commands/caption';
import { command as evaluateCommand } from '../../lib/commands/evaluate';
import { command as preprocessCommand } from '../../lib/commands/preprocess';
import { command as trainCommand } from '../../lib/commands/train';
import { mainOf } from '../../lib/commands/support/command';
import { configure } from '../../lib/config/configuration';
import { StoppedError } from '../../lib/errors';
import { SHIPPED_MODEL } from '../../lib/generate-caption';
import type { ModelRecord } from '../../lib/model/format';
import { loadModel } from '../../lib/model/saved-model';
import { evaluateModel } from '../../lib/pipeline/evaluate';
import type { TrainingRecord } from '../../lib/training/record';
import { runCommand } from '../helpers/run-command';
import { saveTinyModel } from '../helpers/tiny-model';
import { assertUserError } from '../helpers/user-error';

const caption = mainOf(captionCommand);
const evaluate = mainOf(evaluateCommand);
const preprocess = mainOf(preprocessCommand);
const train = mainOf(trainCommand);

const PROJECT = path.resolve(__dirname, '..', '..');
const PHOTOS = path.join(PROJECT, 'data', 'photos');

/** The commands work in a folder of their own: caches and data sets would else go into the project's. */
describe('commands', function () {
  this.timeout(120_000);
  let folder: string;

  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'commands-'));
    process.chdir(folder);
    await saveTinyModel('model');
  });

  after(() => {
    process.chdir(PROJECT);
    fs.rmSync(folder, { recursive: true });
  });

  const readJson = <T>(file: string) => JSON.parse(fs.readFileSync(file, 'utf8')) as T;

  describe('caption', () => {
    it('prints one caption for each picture, and writes words with log-probabilities', async () => {
      const pictures = ['cat.jpg', 'coffee.jpg'].map((name) => path.join(PHOTOS, name));
      const { out } = await runCommand(caption, [
        ...pictures,
        '--model',
        'model',
        '--json',
        'new/folder/out.json',
      ]);
      const lines = out.trimEnd().split('\n');
      const json =
        readJson<{ image: string; caption: string; words: { word: string; logProbability: number }[] }[]>(
          'new/folder/out.json',
        );
      assert.deepEqual(
        lines,
        json.map((one) => `${one.image}\t${one.caption}`),
      );
      assert.deepEqual(
        json.map(({ image }) => image),
        pictures,
      );
      for (const { caption: text, words } of json) {
        assert.equal(words.map(({ word }) => word).join(' '), text);
        assert.ok(words.every(({ logProbability }) => logProbability < 0));
      }
      assert.deepEqual(fs.readdirSync('new/folder'), ['out.json']);
    });

    it('prints the caption alone where there is one picture', async () => {
      const { out } = await runCommand(caption, [path.join(PHOTOS, 'cat.jpg'), '--model', 'model']);
      assert.match(out, /^[a-z ]+\n$/);
    });

    it('prints and writes several captions, with and without given words', async () => {
      const pictures = ['cat.jpg', 'coffee.jpg'].map((name) => path.join(PHOTOS, name));
      const { out } = await runCommand(caption, [
        ...pictures,
        ...['--model', path.join(PROJECT, SHIPPED_MODEL), '--captions', '3', '--json', 'three.json'],
        ...['--include', 'dog', '--include', 'ball|frisbee', '--exclude', 'man', '--exclude', 'two dogs'],
      ]);
      const results =
        readJson<{ image: string; caption: string; captions: { caption: string }[] }[]>('three.json');
      assert.deepEqual(
        out.trimEnd().split('\n'),
        results.flatMap(({ image, captions }) => captions.map((one) => `${image}\t${one.caption}`)),
      );
      for (const one of results) {
        assert.equal(one.captions.length, 3);
        assert.equal(one.captions[0].caption, one.caption);
        for (const { caption: text } of one.captions) {
          assert.match(text, /\bdogs?\b/);
          assert.match(text, /\b(ball|frisbee)\b/);
          assert.doesNotMatch(text, /\bm[ae]n\b|\btwo dogs\b/);
        }
      }
    });

    it('says where there are fewer captions than asked for', async () => {
      const flags = ['--model', 'model', '--method', 'sample', '--max-length', '1', '--captions', '50'];
      const { out, err } = await runCommand(caption, [path.join(PHOTOS, 'cat.jpg'), ...flags]);
      const lines = out.trimEnd().split('\n').length;
      assert.ok(lines < 50);
      assert.match(err, new RegExp(`cat\\.jpg: only ${lines} different captions were found, not 50\\.`));
    });

    const cat = path.join(PHOTOS, 'cat.jpg');
    const coffee = path.join(PHOTOS, 'coffee.jpg');

    /** Runs the command as a process of its own. */
    const runScript = (...argv: string[]) => {
      const script = path.join(PROJECT, 'lib', 'cli.ts');
      const model = path.join(folder, 'model');
      return spawnSync(process.execPath, ['--import', 'tsx', script, 'caption', ...argv, '--model', model], {
        cwd: PROJECT,
        encoding: 'utf8',
      });
    };

    it('goes on after a picture that it cannot read, and tells so', async () => {
      const [odd, json] = ['odd.jpg', 'some.json'].map((name) => path.join(folder, name));
      fs.writeFileSync(odd, 'no picture');
      const { status, stdout, stderr } = runScript('none.jpg', cat, odd, coffee, '--json', json);
      assert.equal(status, 1);
      const lines = stdout.trimEnd().split('\n');
      assert.deepEqual(lines.map((line) => line.split('\t')[0]), [cat, coffee]); // prettier-ignore
      assert.match(
        stderr,
        /^none\.jpg cannot be read[^\n]*\n.*odd\.jpg cannot be decoded[^\n]*\n2 of 4 images have no caption: see above\.\n$/,
      );
      assert.equal(readJson<unknown[]>(json).length, 2);
    });

    const wrong: [what: string, argv: string[], sentence: RegExp][] = [
      ['no picture', [], /argument 'images'/],
      ['a picture that is not there', ['none.jpg', '--model', 'model'], /none\.jpg cannot be read/],
      [
        'a model that is not there',
        [cat, '--model', 'none'],
        /^--model none is not there: looked for \/.*\/none and \/.*\/none\.$/,
      ],
      [
        '--json below a file',
        [cat, '--model', 'model', '--json', `${cat}/x/out.json`],
        /cat\.jpg.*another folder/,
      ],
      [
        'captions: not a number',
        [cat, '--captions', 'x'],
        /--captions: expected an integer >= 1 and <= 100, got "x"/,
      ],
      [
        'several captions of greedy decoding',
        [cat, '--captions', '2', '--method', 'greedy'],
        /greedy decoding gives one/,
      ],
      ['an unknown word', [cat, '--model', 'model', '--include', 'dig'], /include: .*no word "dig".*"dogs"/],
      ['--json that is a folder', [cat, '--model', 'model', '--json', '.'], /--json \. is a folder/],
    ];
    for (const [what, argv, sentence] of wrong)
      it(`refuses ${what}`, () => assertUserError(() => caption(argv), sentence));

    it('ends with status 1 and one line', () => {
      const { status, stdout, stderr } = runScript('none.jpg');
      assert.equal(status, 1);
      assert.equal(stdout, '');
      assert.match(stderr, /^none\.jpg cannot be read[^\n]*\.\n$/);
    });
  });

  describe('evaluate', () => {
    /** Images that lib has never seen: in a sub-folder too, one broken, one missing. */
    before(() => {
      fs.mkdirSync('images/sub', { recursive: true });
      for (const name of ['cat', 'coffee'])
        fs.copyFileSync(path.join(PHOTOS, `${name}.jpg`), `images/${name}.jpg`);
      fs.copyFileSync(path.join(PHOTOS, 'rocket.jpg'), 'images/sub/rocket.jpg');
      fs.writeFileSync('images/broken.jpg', 'no picture');
      const rows: [string, string][] = [
        ['cat.jpg', 'a cat looks up'],
        ['cat.jpg', 'an orange cat'],
        ['coffee.jpg', 'a cup of coffee'],
        ['sub/rocket.jpg', 'a rocket at night'],
        ['broken.jpg', 'nothing'],
        ['missing.jpg', 'nothing'],
      ];
      const names = [...new Set(rows.map(([name]) => name))];
      fs.writeFileSync('tokens.txt', rows.map(([name, text], i) => `${name}#${i}\t${text}\n`).join(''));
      fs.writeFileSync('captions.csv', `image,caption\n${rows.map((row) => `${row.join(',')}\n`).join('')}`);
      fs.writeFileSync(
        'coco.json',
        JSON.stringify({
          images: names.map((name, id) => ({ id, file_name: name })),
          annotations: rows.map(([name, text], id) => ({ id, image_id: names.indexOf(name), caption: text })),
        }),
      );
      fs.writeFileSync('list.txt', 'cat.jpg\nsub/rocket.jpg\nunknown.jpg\n');
    });

    const run = (captions: string, ...more: string[]) =>
      runCommand(evaluate, [
        '--model',
        'model',
        '--images',
        'images',
        '--captions',
        captions,
        '--json',
        'out.json',
        ...more,
      ]);

    interface Result {
      captions: Record<string, string>;
      perImage: Record<string, unknown>;
      'BLEU-1': number;
    }

    it('scores captions of images that lib has never seen, and says what it left out', async () => {
      const { out } = await run('tokens.txt');
      const result = readJson<Result & Record<string, number>>('out.json');
      assert.deepEqual(Object.keys(result.captions).sort(), ['cat.jpg', 'coffee.jpg', 'sub/rocket.jpg']);
      assert.deepEqual(Object.keys(result.perImage).sort(), Object.keys(result.captions).sort());
      for (const name of ['BLEU-1', 'BLEU-2', 'BLEU-3', 'BLEU-4', 'ROUGE-L', 'CIDEr']) {
        assert.equal(typeof result[name], 'number', name);
        assert.ok(result[name] >= 0 && result[name] <= 1, name);
        const line = `${name} ${(100 * result[name]).toFixed(1)}`;
        assert.ok(out.replace(/ +/g, ' ').split('\n').includes(line), name);
      }
      assert.ok(result['BLEU-1'] > 0);
      const list = path.join('data', 'own-evaluation-problems.tsv');
      assert.match(out, /^Left out: 2 rows and images \(the first: missing\.jpg: image file is missing in \S+\); \S+own-evaluation-problems\.tsv lists all\.$/m); // prettier-ignore
      assert.match(fs.readFileSync(list, 'utf8'), /^missing\.jpg\t.*\nbroken\.jpg\t.*cannot be decoded/);
    });

    it('adds CHAIR where instances lie beside the captions, or where a flag asks for it', async () => {
      fs.mkdirSync('annotations', { recursive: true });
      fs.copyFileSync('coco.json', 'annotations/captions_val.json');
      const instances = {
        images: [{ id: 0, file_name: 'cat.jpg' }],
        annotations: [{ image_id: 0, category_id: 17 }],
        categories: [{ id: 17, name: 'cat' }],
      };
      fs.writeFileSync('annotations/instances_val.json', JSON.stringify(instances));
      const { out } = await run('annotations/captions_val.json');
      assert.match(out, /^CHAIRs \(lower is better\) +\d+\.\d$/m);
      assert.match(
        out,
        /^CHAIR: .*instances_val\.json marks and what its references name; \d of the \d are not/m,
      );
      assert.equal(typeof readJson<Record<string, unknown>>('out.json').CHAIRi, 'number');

      assert.doesNotMatch((await run('coco.json')).out, /CHAIR/);
      assert.match((await run('coco.json', '--chair')).out, /^CHAIR: no objects are marked, so an image/m);
      assert.match(
        (await run('coco.json', '--instances', 'annotations/instances_val.json')).out,
        /^CHAIRi /m,
      );
    });

    for (const captions of ['captions.csv', 'coco.json']) {
      it(`reads ${captions} with a list of images`, async () => {
        const { out } = await run(captions, '--split', 'list.txt');
        assert.deepEqual(Object.keys(readJson<Result>('out.json').captions).sort(), [
          'cat.jpg',
          'sub/rocket.jpg',
        ]);
        assert.match(out, /Left out: 1 row or image \(the first: unknown\.jpg: in the list, but/);
      });
    }

    const wrong: [what: string, argv: string[], sentence: RegExp][] = [
      ['images without captions', ['--images', 'images'], /--images and --captions/],
      ['captions that are not there', ['--images', 'images', '--captions', 'none.txt'], /none\.txt/],
      [
        'captions that are none',
        ['--images', 'images', '--captions', 'list.txt'],
        /list\.txt is not a caption file/,
      ],
      ['a folder without the images', ['--images', 'new', '--captions', 'tokens.txt'], /tokens\.txt.*new/],
      [
        'no data set with a model that knows none',
        [],
        /model does not say what it was trained on: name a data set/,
      ],
      ['an unknown split', ['--split', 'nix'], /--split: expected train, validation or test.*got "nix"/],
    ];
    for (const [what, argv, sentence] of wrong)
      it(`refuses ${what}`, () => assertUserError(() => evaluate(['--model', 'model', ...argv]), sentence));
  });

  describe('preprocess and train', () => {
    const data = [
      '--preset',
      'tiny',
      '--limit',
      '12',
      '--precision',
      'float32',
      '--encoder',
      'efficientnet-lite0',
    ];
    const trainTo = (model: string) => [
      ...data,
      ...['--model', model, '--epochs', '3', '--batch-size', '30', '--json', 'train.json'],
    ];

    it('preprocess counts what there is, and does not do it again', async () => {
      const first = await runCommand(preprocess, [...data, '--json', 'counts.json']);
      assert.match(first.err, /Drawing scenes.*12 \/ 12/);
      assert.match(first.err, /Extracting features.*12 \/ 12/);
      const counts = readJson<Record<string, number | string>>('counts.json');
      assert.deepEqual([counts.dataset, counts.images, counts.problems], ['scenes', 12, 0]);
      assert.equal(Number(counts.train) + Number(counts.validation) + Number(counts.test), 12);
      const second = await runCommand(preprocess, data);
      assert.equal(second.err, '');
      assert.equal(second.out, first.out);
    });

    it('train --summary prints the layers and trains nothing', async () => {
      const { out } = await runCommand(train, [...data, '--model', 'unused', '--summary']);
      assert.match(out, /^Layer \(type\) +Output shape +Parameters +Connected to\n/);
      assert.match(out, /\nfeatures \(Input\) +\(batch, 49, 1280\)/);
      assert.match(out, /\nTotal parameters: [\d,]+ \(\d+\.\d+ MiB\)\n/);
      assert.ok(!fs.existsSync('unused'));
    });

    it('train saves a model; run again, it says that it was finished', async () => {
      const { out } = await runCommand(train, trainTo('whole'));
      assert.match(out, /Trained in \d+ s: best epoch \d of 3.*Saved in whole/);
      const record = readJson<TrainingRecord>('train.json');
      assert.equal(record.epochs.length, 3);
      assert.ok(record.epochs[2].trainLoss < record.epochs[0].trainLoss);
      const again = await runCommand(train, trainTo('whole'));
      assert.match(again.out, /finished before: best epoch/);
      assert.equal(again.err, '');
    });

    it('train on a single image keeps the last epoch, and claims no validation', async () => {
      fs.mkdirSync('single');
      fs.copyFileSync(path.join(PHOTOS, 'cat.jpg'), path.join('single', 'cat.jpg'));
      fs.writeFileSync(path.join('single', 'Flickr8k.token.txt'), 'cat.jpg#0\tA cat sits .\n');
      const flags = [
        '--dataset',
        'flickr8k',
        '--data-dir',
        'single',
        '--min-frequency',
        '1',
        '--patience',
        '1',
      ];
      const { out, err } = await runCommand(train, [...trainTo('single-model'), ...flags]);
      assert.match(out, /Trained in \d+ s: last epoch 3 of 3\. Saved in single-model\./);
      assert.doesNotMatch(out + err, /NaN/);
    });

    it('Ctrl-C stops train at the next step; the same command ends with the same weights', async () => {
      let told = false;
      const stopped = await runCommand(train, trainTo('stopped'), (text) => {
        if (!told && text.startsWith('Epoch 1')) process.kill(process.pid, 'SIGINT');
        told ||= text.startsWith('Epoch 1');
      });
      assert.match(stopped.err, /Stopping after this step/);
      assert.match(stopped.out, /the same command continues from here/);
      assert.equal(process.exitCode, 130);
      process.exitCode = undefined;
      assert.doesNotMatch(stopped.err, /Epoch 3/);
      const { err } = await runCommand(train, trainTo('stopped'));
      assert.match(err, /Epoch 3 /);
      const weights = (model: string) => readJson<ModelRecord>(`${model}/model.json`).weights;
      assert.deepEqual(weights('stopped'), weights('whole'));
    });

    it('train starts from word vectors, wherever they lie, and says how many words it knew', async () => {
      fs.writeFileSync(
        'vectors.txt',
        `a ${'1 '.repeat(7)}\nfish ${'0 '.repeat(6)}2\nzebra ${'3 '.repeat(7)}\n`,
      );
      const flags = [...trainTo('vectors'), '--epochs', '1'];
      await runCommand(train, [...flags, '--word-vectors', 'vectors.txt']);
      const { training } = readJson<ModelRecord>('vectors/model.json');
      const { known, vocabSize, file } = training['wordVectors'] as {
        known: number;
        vocabSize: number;
        file: string;
      };
      assert.deepEqual([file, known >= 1 && known <= 2 && vocabSize > known], ['vectors.txt', true]);
      fs.renameSync('vectors.txt', 'moved.txt');
      const again = await runCommand(train, [...flags, '--word-vectors', 'moved.txt']);
      assert.match(again.out, /finished before/);
      await assertUserError(
        () => runCommand(train, [...trainTo('other'), '--word-vectors', 'moved.txt', '--embedding', '20']),
        /moved\.txt have 7 numbers.*embedding is 20/,
      );
    });

    it('evaluates the model on a split of its data set', async () => {
      const { out } = await runCommand(
        evaluate,
        ['--model', 'whole', '--data-dir', 'data/tiny', '--limit', '12', '--precision', 'float32', '--split', 'train'],
      ); // prettier-ignore
      assert.match(out, /^11 images/);
    });

    it('evaluates on the data set of the training where none is named, and warns of images of the training', async () => {
      const { out, err } = await runCommand(evaluate, ['--model', 'whole', '--precision', 'float32']);
      assert.match(err, /^On scenes, the data set that whole was trained on\./);
      assert.match(out, /^1 image, scores/); // the tenth of 12 that was not trained on
      assert.doesNotMatch(err, /WARNING/);
      const train = await runCommand(evaluate, [
        '--model',
        'whole',
        '--precision',
        'float32',
        '--split',
        'train',
      ]);
      assert.match(train.err, /WARNING: whole was trained on all of these 11 images/);
    });

    it('evaluate, asked to stop, ends before the next captions, with status 130', async () => {
      const { decoding, encoder } = configure({}, {});
      const cat = { id: 'cat.jpg', file: path.join(PHOTOS, 'cat.jpg'), captions: ['a cat'] };
      const options = { decoding, encoder, signal: AbortSignal.abort() };
      // what commands end with 130
      await assert.rejects(evaluateModel(loadModel('model'), [cat], options), StoppedError);
    });

    it('train refuses a data set that is not there', () =>
      assertUserError(
        () => train(['--dataset', 'flickr8k', '--data-dir', 'nowhere']),
        /nowhere does not exist.*--data-dir/,
      ));

    it('train refuses a model folder that cannot be made', () =>
      assertUserError(
        () => runCommand(train, [...data, '--model', 'model/model.json/x']),
        /model\.json.*another folder/,
      ));
  });
});
