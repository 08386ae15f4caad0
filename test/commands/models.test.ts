import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { command } from '../../lib/commands/models';
import { mainOf } from '../../lib/commands/support/command';
import { lockFolder } from '../../lib/files/folder-lock';
import type { ModelRecord } from '../../lib/model/format';
import { runCommand } from '../helpers/run-command';
import { saveTinyModel } from '../helpers/tiny-model';
import { assertUserError } from '../helpers/user-error';

const PROJECT = path.resolve(__dirname, '..', '..');
const models = mainOf(command);

describe('npm run models', function () {
  this.timeout(120_000);
  let home: string;

  beforeEach(() => {
    home = fs.mkdtempSync(path.join(os.tmpdir(), 'models-'));
    process.chdir(home);
  });
  afterEach(() => {
    process.chdir(PROJECT);
    fs.rmSync(home, { recursive: true });
  });

  const edit = (folder: string, changes: object) => {
    const file = path.join(folder, 'model.json');
    const record = JSON.parse(fs.readFileSync(file, 'utf8')) as ModelRecord;
    fs.writeFileSync(file, JSON.stringify({ ...record, ...changes }));
  };

  it('lists models with captioner, data, score, size and what is special, also as JSON', async () => {
    await saveTinyModel('models/a');
    await saveTinyModel('models/compared/b');
    edit('models/a', {
      scores: { test: { CIDEr: 0.5 } },
      training: { data: { dataset: 'flickr8k' } },
      shipped: true,
    });
    fs.mkdirSync('models/c');
    fs.writeFileSync('models/c/model.json', '{');
    fs.mkdirSync('models/none');
    const { out } = await runCommand(models, ['--dir', 'models', '--json', 'list.json']);
    const lines = out.trimEnd().split('\n');
    assert.equal(lines.length, 4);
    assert.match(
      lines[1],
      /^models\/a +cross-attention +efficientnet-lite0 +flickr8k +50\.0 +\d+ +20\d\d-\d\d-\d\d +comes with the project/,
    );
    assert.match(lines[2], /^models\/c +.* cannot be read/);
    assert.match(lines[3], /^models\/compared\/b +cross-attention/);
    const json = JSON.parse(fs.readFileSync('list.json', 'utf8')) as {
      folder: string;
      shipped: boolean;
      bytes: number;
    }[];
    assert.deepEqual(json.map(({ folder, shipped }) => [folder, shipped]), [['models/a', true], ['models/c', false], ['models/compared/b', false]]); // prettier-ignore
    assert.ok(json[0].bytes > 1000);
  });

  it("lists another folder of models as a program of its own, whose --dir is no other program's", async () => {
    await saveTinyModel('mine/a');
    const argv = ['--import', 'tsx', path.join('lib', 'cli.ts'), 'models', '--dir', path.join(home, 'mine')];
    const { status, stdout, stderr } = spawnSync(process.execPath, argv, { cwd: PROJECT, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /mine\/a +cross-attention/);
  });

  it('captions the same images with several models, side by side', async () => {
    await saveTinyModel('models/a');
    await saveTinyModel('models/b', { embedding: 9 });
    fs.mkdirSync('images');
    fs.copyFileSync(path.join(PROJECT, 'data/photos/cat.jpg'), 'images/cat.jpg');
    fs.writeFileSync('captions.csv', 'image,caption\ncat.jpg,a cat looks up\n');
    const flags = [
      '--images',
      'images',
      '--captions',
      'captions.csv',
      '--dir',
      'models',
      '--json',
      'out.json',
    ];
    const { out, err } = await runCommand(models, ['compare', 'a', 'b', ...flags]);
    const results = JSON.parse(fs.readFileSync('out.json', 'utf8')) as {
      model: string;
      captions: Record<string, string>;
    }[];
    assert.match(out, /^1 images, scores x 100:\nmodel +BLEU-1/);
    assert.ok(out.includes('cat.jpg  (reference: a cat looks up)'));
    for (const { model, captions } of results) assert.ok(out.includes(`  ${model}  ${captions['cat.jpg']}`));
    assert.match(err, /models\/a does not say which images it was trained on/);
  });

  it('renames a model', async () => {
    await saveTinyModel('models/a');
    const { out } = await runCommand(models, ['rename', 'a', 'b', '--dir', 'models']);
    assert.equal(out, 'models/a is models/b now.\n');
    assert.deepEqual(fs.readdirSync('models'), ['b']);
    await saveTinyModel('models/a');
    await assertUserError(models(['rename', 'models/a', 'models/b']), /models\/b is there already/);
  });

  it("deletes a model with its checkpoints, and leaves what is not the project's", async () => {
    await saveTinyModel('models/a');
    fs.mkdirSync('models/a/training/1a2b/events', { recursive: true });
    fs.writeFileSync('models/a/training/1a2b/last.safetensors', '');
    fs.writeFileSync('models/a/training/1a2b/events/events.out.tfevents.1', '');
    await assertUserError(
      models(['delete', 'models/a']),
      /models\/a and its checkpoints would be gone.*--yes/,
    );
    const { out } = await runCommand(models, ['delete', 'models/a', '--yes']);
    assert.equal(out, 'models/a is deleted.\n');
    assert.ok(!fs.existsSync('models/a'));

    await saveTinyModel('models/b');
    fs.mkdirSync('precious');
    fs.writeFileSync('precious/last.safetensors', 'mine');
    fs.symlinkSync('../../precious', 'models/b/training');
    fs.writeFileSync('models/b/notes.txt', 'mine');
    const left = await runCommand(models, ['delete', 'models/b', '--yes']);
    assert.match(left.out, /models\/b is deleted; other files stay there: notes\.txt, training\./);
    assert.deepEqual(fs.readdirSync('models/b'), ['notes.txt', 'training']);
    assert.equal(fs.readFileSync('precious/last.safetensors', 'utf8'), 'mine');
  });

  it('touches no shipped model, none in use, no link and no folder without a model', async () => {
    await saveTinyModel('models/a');
    fs.symlinkSync('a', 'models/link');
    fs.mkdirSync('other');
    fs.writeFileSync('other/weights-1.safetensors', 'mine');
    for (const argv of [['delete', '--yes'], ['delete'], ['rename']]) {
      const act = (folder: string) =>
        models([argv[0], folder, ...argv.slice(1), ...(argv[0] === 'rename' ? ['new'] : [])]);
      await assertUserError(act('other'), /other holds no model/);
      await assertUserError(act('models/link'), /link is a link, and is not/);
      const lock = await lockFolder('models/a', 'a training');
      await assertUserError(act('models/a'), /models\/a is in use by a training/);
      lock.release();
      edit('models/a', { shipped: true });
      await assertUserError(act('models/a'), /comes with the project, which is never/);
      edit('models/a', { shipped: false });
    }
    assert.deepEqual(fs.readdirSync('other'), ['weights-1.safetensors']);
    assert.equal(fs.readdirSync('models/a').length, 2);
  });

  it('says what it takes', async () => {
    await assertUserError(
      models(['sort']),
      /Unknown action "sort": expected list, compare, rename or delete/,
    );
    await assertUserError(models(['rename', 'a']), /models rename takes 2 models, got 1/);
    await assertUserError(models(['compare', 'a']), /takes two models or more/);
    await assertUserError(models(['compare', 'a', 'b']), /needs images and their captions/);
  });
});
