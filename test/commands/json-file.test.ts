import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { jsonFile, modelFiles } from '../../lib/commands/support/json-file';
import { command as scoreCommand } from '../../lib/commands/score';
import { mainOf } from '../../lib/commands/support/command';
import { runCommand } from '../helpers/run-command';
import { assertUserError } from '../helpers/user-error';

const PROJECT = path.resolve(__dirname, '..', '..');

describe('--json', function () {
  this.timeout(60_000);
  let folder: string;
  const inFolder = (name: string) => path.join(folder, name);

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'json-file-'));
    fs.writeFileSync(inFolder('references.json'), '{"a": ["a dog runs"], "b": ["a cat sits"]}');
    fs.writeFileSync(inFolder('candidates.json'), '{"a": "a dog runs", "b": "a cat"}');
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const score = (...argv: string[]) => [
    ...['--references', inFolder('references.json'), '--candidates', inFolder('candidates.json')],
    ...argv,
  ];

  it('writes over no input, by whatever name', async () => {
    fs.symlinkSync(inFolder('candidates.json'), inFolder('link.json'));
    for (const name of ['references.json', './candidates.json', 'link.json']) {
      const before = fs.readFileSync(inFolder(name), 'utf8');
      await assertUserError(
        () => mainOf(scoreCommand)(score('--json', `${folder}/${name}`)),
        /--json .* would write over what this command reads .*: name another file\./,
      );
      assert.equal(fs.readFileSync(inFolder(name), 'utf8'), before);
    }
  });

  it('writes over no file of a folder that is read, but a new one into it', async () => {
    await assertUserError(() => jsonFile(inFolder('references.json'), [folder]), /would write over/);
    jsonFile(inFolder('new.json'), [folder])({ a: 1 });
    assert.equal(fs.readFileSync(inFolder('new.json'), 'utf8'), '{\n "a": 1\n}\n');
  });

  it('leaves the files of a model alone, also before they are there', async () => {
    await assertUserError(() => jsonFile(inFolder('model.json'), modelFiles(folder)), /would write over/);
    fs.writeFileSync(inFolder('weights-1.safetensors'), '');
    await assertUserError(
      () => jsonFile(inFolder('weights-1.safetensors'), modelFiles(folder)),
      /would write over/,
    );
    jsonFile(inFolder('scores.json'), modelFiles(folder))({});
  });

  it('- is standard output, where nothing else goes', () => {
    const argv = ['--import', 'tsx', 'lib/cli.ts', 'score', ...score('--json', '-')];
    const { status, stdout, stderr } = spawnSync(process.execPath, argv, { cwd: PROJECT, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.ok((JSON.parse(stdout) as Record<string, number>)['BLEU-1'] > 0);
    assert.match(stderr, /2 images, scores x 100/);
  });

  it('- is told in the help of every command that has --json', async () => {
    for (const name of ['preprocess', 'train', 'evaluate', 'caption', 'score']) {
      const { command } = (await import(`../../lib/commands/${name}`)) as { command: typeof scoreCommand };
      const { out } = await runCommand((argv) => mainOf(command)(argv).catch(() => {}), ['--help']);
      assert.match(out.replace(/\s+/g, ' '), /--json <file> [^[]*\(-: to standard output/, name);
    }
  });
});
