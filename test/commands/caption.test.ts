import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import Papa from 'papaparse';
import { command as captionCommand } from '../../lib/commands/caption';
import { mainOf } from '../../lib/commands/support/command';
import { listImages } from '../../lib/commands/support/image-list';
import { loadModel, saveCalibration } from '../../lib/model/saved-model';
import { calibrationOfBeam } from '../helpers/calibration';
import { runCommand } from '../helpers/run-command';
import { saveTinyModel } from '../helpers/tiny-model';
import { assertUserError } from '../helpers/user-error';

const caption = mainOf(captionCommand);
const PROJECT = path.resolve(__dirname, '..', '..');
const PHOTOS = path.join(PROJECT, 'data', 'photos');
const FAST = ['--model', 'model', '--method', 'greedy', '--max-length', '4'];

describe('npm run caption for many pictures', function () {
  this.timeout(120_000);
  let folder: string;

  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'caption-many-'));
    process.chdir(folder);
    await saveTinyModel('model');
    fs.mkdirSync('pictures/sub/.hidden', { recursive: true });
    const copies = ['b.jpg', 'a.JPG', 'sub/c, "d".jpeg', 'sub/.hidden/e.jpg', '.f.jpg', '[g].png'];
    for (const name of copies) fs.copyFileSync(path.join(PHOTOS, 'cat.jpg'), path.join('pictures', name));
    fs.writeFileSync('pictures/notes.txt', 'no picture');
  });

  after(() => {
    process.chdir(PROJECT);
    fs.rmSync(folder, { recursive: true });
  });

  const inFolder = ['[g].png', 'a.JPG', 'b.jpg', 'sub/c, "d".jpeg'].map((name) => `pictures/${name}`);
  const rowsOf = (file: string) => Papa.parse<string[]>(fs.readFileSync(file, 'utf8').trimEnd()).data;
  const linesOf = (file: string) => fs.readFileSync(file, 'utf8').trimEnd().split('\n');
  const run = (...argv: string[]) => runCommand(caption, [...argv, ...FAST]);

  describe('takes', () => {
    const cases: [what: string, names: string[], expected: string[], input?: string][] = [
      ['a folder with its subfolders, sorted, without hidden files', ['pictures'], inFolder],
      ['a pattern', ['pictures/*.{jpg,JPG}'], ['pictures/a.JPG', 'pictures/b.jpg']],
      ['a file whose name looks like a pattern', ['pictures/[g].png'], ['pictures/[g].png']],
      ['each picture once', ['pictures/b.jpg', 'pictures'], ['pictures/b.jpg', ...inFolder.filter((name) => !name.endsWith('b.jpg'))]],
      ['addresses as they are', ['https://host/a*b.jpg?x'], ['https://host/a*b.jpg?x']],
      ['a list on standard input', ['-'], ['one.jpg', 'http://host/two.jpg'], '\ufeffone.jpg\r\n\r\nhttp://host/two.jpg'],
    ]; // prettier-ignore
    for (const [what, names, expected, input = ''] of cases) {
      it(what, async () => {
        const images = await listImages(names, () => Promise.resolve(Buffer.from(input)));
        assert.deepEqual(images.map(({ name }) => name), expected); // prettier-ignore
      });
    }

    it('a picture on standard input', async () => {
      const bytes = fs.readFileSync(path.join(PHOTOS, 'cat.jpg'));
      assert.deepEqual(await listImages(['-'], () => Promise.resolve(bytes)), [
        { name: 'standard input', source: bytes },
      ]);
    });

    for (const [what, name, sentence] of [
      ['a folder without pictures', 'model', /model holds no image/],
      ['a pattern without files', 'pictures/*.gif', /No file matches pictures\/\*\.gif/],
      ['an empty standard input', '-', /Standard input \(-\) is empty/],
    ] as const) {
      it(`not ${what}`, () =>
        assertUserError(() => listImages([name], () => Promise.resolve(Buffer.of())), sentence));
    }
  });

  for (const [flag, file] of [
    ['--csv', 'out/captions.csv'],
    ['--jsonl', 'out/captions.jsonl'],
  ]) {
    it(`${flag} is gone on with: only what is missing is captioned, and a line that was cut off comes again`, async () => {
      const first = await run('pictures/b.jpg', 'pictures/a.JPG', flag, file);
      assert.equal(first.out, '');
      const whole = linesOf(file);
      const isCut = fs.readFileSync(file, 'utf8').slice(0, -9);
      fs.writeFileSync(file, isCut);
      const second = await run('pictures', flag, file);
      assert.match(second.err, /^1 of 4 images have been captioned before\.\n$/);
      const lines = linesOf(file);
      assert.equal(lines.length, whole.length + 2);
      assert.deepEqual(lines.slice(0, -3), whole.slice(0, -1)); // what was whole is as it was
      const images =
        flag === '--csv'
          ? rowsOf(file).slice(1).map(([image]) => image)
          : lines.map((line) => (JSON.parse(line) as { image: string }).image); // prettier-ignore
      assert.deepEqual([...images].sort(), [...inFolder].sort());
      const third = await run('pictures', flag, file);
      assert.match(third.err, /^4 of 4 images have been captioned before\.\n$/);
      assert.deepEqual(linesOf(file), lines);
    });
  }

  it('--csv has a column for each caption, --jsonl the words too', async () => {
    await runCommand(caption, ['pictures', '--model', 'model', '--captions', '2', '--csv', 'two.csv', '--jsonl', 'two.jsonl']); // prettier-ignore
    const [head, ...rows] = rowsOf('two.csv');
    assert.deepEqual(head, ['image', 'caption', 'score', 'confidence', 'caption2', 'score2']);
    const records = linesOf('two.jsonl').map((line) => JSON.parse(line) as { image: string; captions: { caption: string; score: number; words: unknown[] }[] }); // prettier-ignore
    assert.deepEqual(
      rows,
      records.map(({ image, captions }) => [
        image,
        ...[captions[0].caption, `${captions[0].score}`, ''], // the model has no calibration
        ...[captions[1].caption, `${captions[1].score}`],
      ]),
    );
    assert.equal(records[0].captions[1].words.length, records[0].captions[1].caption.split(' ').length);
  });

  it('confidence stands beside captions of a model with a calibration, in words where it is low', async () => {
    await saveTinyModel('calibrated');
    const calibrated = loadModel('calibrated');
    const argv = ['pictures/a.JPG', 'pictures/b.jpg', '--model', 'calibrated'];
    // A slope of 0: the intercept alone says how sure it is.
    saveCalibration(calibrated, calibrationOfBeam({ slope: 0, intercept: Math.log(0.23 / 0.77) }));
    const low = await runCommand(caption, [...argv, '--captions', '2']);
    const lines = low.out.trimEnd().split('\n');
    assert.equal(lines.length, 4);
    for (const i of [0, 2]) assert.match(lines[i], /^pictures\/.*\S {2}\(confidence 23 %: low\)$/);
    for (const i of [1, 3]) assert.doesNotMatch(lines[i], /confidence/); // known for the best alone
    await runCommand(caption, [...argv, '--csv', 'sure.csv', '--jsonl', 'sure.jsonl']);
    const [head, ...rows] = rowsOf('sure.csv');
    assert.deepEqual(head, ['image', 'caption', 'score', 'confidence']);
    assert.ok(rows.every((row) => Math.abs(Number(row[3]) - 0.23) < 1e-9));
    const record = JSON.parse(linesOf('sure.jsonl')[0]) as { confidence: number; lowConfidence: string };
    assert.ok(Math.abs(record.confidence - 0.23) < 1e-9);
    assert.match(record.lowConfidence, /^Low confidence/);

    saveCalibration(calibrated, calibrationOfBeam({ slope: 0, intercept: Math.log(0.8 / 0.2) }));
    tf.dispose(calibrated.weights);
    assert.match((await runCommand(caption, argv)).out, /^pictures\/a\.JPG\t.* {2}\(confidence 80 %\)\n/);
    const greedy = await runCommand(caption, [...argv, '--method', 'greedy']);
    assert.doesNotMatch(greedy.out, /confidence/); // it was calibrated for beam search
  });

  it('- sends the list to standard output, and nothing else', async () => {
    const { out } = await run('pictures', '--csv', '-');
    assert.deepEqual(Papa.parse<string[]>(out.trimEnd()).data.map(([image]) => image), ['image', ...inFolder]); // prettier-ignore
    const lines = (await run('pictures', '--jsonl', '-')).out.trimEnd().split('\n');
    assert.deepEqual(lines.map((line) => (JSON.parse(line) as { image: string }).image), inFolder); // prettier-ignore
  });

  it('pictures without captions are told at the end and tried again by the next run', async () => {
    fs.mkdirSync('mixed');
    fs.copyFileSync('pictures/b.jpg', 'mixed/b.jpg');
    fs.writeFileSync('mixed/a.jpg', 'no picture');
    const command = () => run('mixed', 'none.jpg', '--csv', 'mixed.csv');
    await assertUserError(command, /^2 of 3 images have no caption: see above\.$/);
    assert.deepEqual(rowsOf('mixed.csv').slice(1).map(([image]) => image), ['mixed/b.jpg']); // prettier-ignore
    fs.copyFileSync('pictures/b.jpg', 'mixed/a.jpg');
    const { err } = await run('mixed', '--csv', 'mixed.csv');
    assert.match(err, /1 of 2 images have been captioned before/);
    assert.equal(rowsOf('mixed.csv').length, 3);
  });

  describe('refuses', () => {
    before(async () => {
      await run('pictures/b.jpg', '--csv', 'known.csv', '--jsonl', 'known.jsonl');
      await saveTinyModel('other', { embedding: 9 });
      fs.writeFileSync('notes.csv', 'image,caption,score\nmine,1,2\n');
      fs.writeFileSync('notes.json', '{"a": 1}');
      fs.copyFileSync('known.csv', 'half.csv');
      fs.writeFileSync(
        'half.csv.settings.json',
        fs.readFileSync('known.csv.settings.json', 'utf8').slice(0, 20),
      );
    });

    const wrong: [what: string, argv: string[], sentence: RegExp][] = [
      ['other options', ['--csv', 'known.csv', '--max-length', '5'], /--csv known\.csv has captions of another option \(--max-length: 4, now 5\)/],
      ['other words', ['--jsonl', 'known.jsonl', '--exclude', 'cat'], /another option \(exclude: \[\], now \["cat"\]\)/],
      ['another model', ['--csv', 'known.csv', '--model', 'other'], /known\.csv has captions of another model/],
      ['another number of captions', ['--csv', 'known.csv', '--captions', '2', '--method', 'sample'], /another number of captions \(1\)/],
      ["somebody's table", ['--csv', 'notes.csv'], /--csv notes\.csv was not written by this command/],
      ['a table whose settings are damaged', ['--csv', 'half.csv'], /half\.csv\.settings\.json is damaged: name another file/],
      ['any JSON', ['--json', 'notes.json'], /--json notes\.json holds something else/],
      ['a picture', ['--csv', 'pictures/b.jpg'], /--csv pictures\/b\.jpg would write over what this command reads/],
      ['the model', ['--jsonl', 'model/model.json'], /would write over what this command reads/],
      ['standard output twice', ['--csv', '-', '--json', '-'], /Only one of --csv, --jsonl and --json/],
    ]; // prettier-ignore
    for (const [what, argv, sentence] of wrong) {
      it(`${what}, and leaves it as it is`, async () => {
        const files = [
          'known.csv',
          'known.jsonl',
          'notes.csv',
          'notes.json',
          'pictures/b.jpg',
          'model/model.json',
        ];
        const before = files.map((file) => fs.readFileSync(file));
        await assertUserError(() => runCommand(caption, ['pictures', ...FAST, ...argv]), sentence);
        assert.deepEqual(
          files.map((file) => fs.readFileSync(file)),
          before,
        );
      });
    }
  });

  const script = ['--import', 'tsx', path.join(PROJECT, 'lib', 'cli.ts'), 'caption'];
  const fast = () => ['--model', path.join(folder, 'model'), ...FAST.slice(2)];

  it('reads a picture from a pipe', () => {
    const input = fs.readFileSync(path.join(PHOTOS, 'cat.jpg'));
    const { status, stdout } = spawnSync(process.execPath, [...script, '-', ...fast()], {
      cwd: PROJECT,
      input,
    });
    assert.equal(status, 0);
    assert.match(stdout.toString(), /^[a-z ]+\n$/);
  });

  it('Ctrl-C keeps what is written, and the same command goes on', async () => {
    const many = path.join(folder, 'many');
    fs.mkdirSync(many);
    for (let i = 0; i < 100; i++) fs.copyFileSync('pictures/b.jpg', path.join(many, `${i}.jpg`));
    const csv = path.join(folder, 'many.csv');
    const child = spawn(process.execPath, [...script, many, '--csv', csv, ...fast()], { cwd: PROJECT });
    let told = '';
    child.stderr.on('data', (text: Buffer) => (told += text.toString()));
    const watch = setInterval(() => {
      if (!fs.existsSync(csv) || linesOf(csv).length === 1) return;
      clearInterval(watch);
      child.kill('SIGINT');
    }, 20);
    const status = await new Promise((resolve) => child.on('close', resolve));
    const done = linesOf(csv).length - 1;
    assert.ok(done > 0 && done < 100, `${done}`);
    assert.equal(status, 130);
    assert.match(
      told,
      new RegExp(`Stopped after ${done} of 100 images; the same command goes on from there\\.\n`),
    );
    const { err } = await run(many, '--csv', csv);
    assert.match(err, new RegExp(`^${done} of 100 images have been captioned before\\.\n`));
    assert.match(err, /Captioning: 100 %.*images\/s/);
    assert.equal(linesOf(csv).length, 101);
  });
});
