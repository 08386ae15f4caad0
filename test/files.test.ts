import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { removeOwnFiles } from '../lib/files';

describe('files', () => {
  let folder: string;
  const inFolder = (name: string) => path.join(folder, name);
  const there = (name = '') => fs.readdirSync(inFolder(name)).sort();

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'files-'));
    for (const name of ['run/own-1', 'run/notes.txt', 'run/sub/own-2', 'elsewhere/own-3']) {
      fs.mkdirSync(path.dirname(inFolder(name)), { recursive: true });
      fs.writeFileSync(inFolder(name), name);
    }
    fs.symlinkSync('../elsewhere', inFolder('run/linked'));
    fs.symlinkSync('../elsewhere/own-3', inFolder('run/own-link'));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const isOwn = (name: string) => name.startsWith('own-');

  it('of this project are removed by their names; others, links and subfolders stay', () => {
    removeOwnFiles(inFolder('run'), isOwn);
    assert.deepEqual(there('run'), ['linked', 'notes.txt', 'own-link', 'sub']);
    assert.deepEqual(there('run/sub'), ['own-2']);
  });

  it('are removed from subfolders, and never behind a link', () => {
    removeOwnFiles(inFolder('run'), isOwn, { below: true });
    assert.deepEqual(there('run/sub'), []);
    assert.deepEqual(there('elsewhere'), ['own-3']);
  });

  it('are not missed where there is no folder', () => {
    removeOwnFiles(inFolder('none'), isOwn);
    removeOwnFiles(inFolder('run/notes.txt'), isOwn);
    assert.deepEqual(there('run').includes('notes.txt'), true);
  });
});
