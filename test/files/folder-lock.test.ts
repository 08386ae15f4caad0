import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  folderHolder,
  lockFolder,
  LOCK_FILE,
  withFolderLock,
  type LockHolder,
} from '../../lib/files/folder-lock';
import { assertUserError } from '../helpers/user-error';

const PROJECT = path.resolve(__dirname, '..', '..');

describe('lock of a folder', function () {
  this.timeout(30_000);
  let parent: string;
  let folder: string;
  beforeEach(() => {
    parent = fs.mkdtempSync(path.join(os.tmpdir(), 'lock-'));
    folder = path.join(parent, 'model');
  });
  afterEach(() => fs.rmSync(parent, { recursive: true }));

  const lockFile = () => path.join(folder, LOCK_FILE);
  const readLock = () => JSON.parse(fs.readFileSync(lockFile(), 'utf8')) as LockHolder;

  /** The start of a script for another process. */
  const script = (code: string) => [
    '--import',
    'tsx',
    '-e',
    `const { lockFolder } = require(${JSON.stringify(path.join(PROJECT, 'lib', 'files', 'folder-lock.ts'))}); ${code}`,
  ];
  const take = `lockFolder(${JSON.stringify('FOLDER')}, "a test")`;
  const run = (code: string) =>
    spawnSync(process.execPath, script(code.replaceAll('FOLDER', folder)), {
      cwd: PROJECT,
      encoding: 'utf8',
    });

  /** Another process that holds the folder until it is ended. */
  async function holder() {
    const code = `${take}.then(() => { console.log("got it"); setInterval(() => {}, 1000); })`;
    const child = spawn(process.execPath, script(code.replaceAll('FOLDER', folder)), {
      cwd: PROJECT,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    return child;
  }

  it('is refused to another process, by the name of the holder, until it is given back', async () => {
    const lock = await lockFolder(folder, 'a training');
    assert.equal(folderHolder(folder)?.pid, process.pid);
    const other = run(`${take}.catch((error) => console.log(error.message))`);
    assert.match(
      other.stdout,
      new RegExp(`model is in use by a training \\(process ${process.pid} on .*stop it\\.\\n$`),
    );
    lock.release();
    assert.equal(folderHolder(folder), undefined);
    assert.ok(!fs.existsSync(folder)); // it was made for the lock and nothing was written
    assert.equal(run(`${take}.then(() => console.log("got it"))`).stdout, 'got it\n');
    assert.ok(!fs.existsSync(lockFile())); // the end of the process gave it back
  });

  it('makes other work of the same process wait', async () => {
    const order: string[] = [];
    const first = await lockFolder(folder, 'one');
    const second = withFolderLock(folder, 'two', () => Promise.resolve(order.push('second')));
    await new Promise((resolve) => setTimeout(resolve, 20));
    order.push('first');
    first.release();
    await second;
    assert.deepEqual(order, ['first', 'second']);
  });

  it('of a killed process is taken over', async () => {
    const child = await holder();
    await assertUserError(lockFolder(folder, 'a training'), new RegExp(`by a test \\(process ${child.pid} `));
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.ok(fs.existsSync(lockFile()));
    assert.equal(folderHolder(folder), undefined);
    (await lockFolder(folder, 'a training')).release();
    assert.ok(!fs.existsSync(lockFile()));
  });

  it('is given back on SIGTERM, which ends the process all the same', async () => {
    const child = await holder();
    child.kill('SIGTERM');
    const [, signal] = (await once(child, 'exit')) as [number | null, string];
    assert.equal(signal, 'SIGTERM');
    assert.ok(!fs.existsSync(lockFile()));
  });

  it('tells a process from an earlier one of the same number', async () => {
    const lock = await lockFolder(folder, 'a training');
    const holder = readLock();
    lock.release();
    fs.mkdirSync(folder);
    fs.writeFileSync(lockFile(), JSON.stringify({ ...holder, started: '1' }));
    assert.equal(folderHolder(folder), undefined);
    (await lockFolder(folder, 'a training')).release();
  });

  it('of another machine counts as held, and says how to end that', async () => {
    const lock = await lockFolder(folder, 'a training');
    const holder = { ...readLock(), host: 'elsewhere' };
    lock.release();
    fs.mkdirSync(folder);
    fs.writeFileSync(lockFile(), JSON.stringify(holder));
    await assertUserError(lockFolder(folder, 'a training'), /on elsewhere.*delete .*\.lock if it has ended/);
    assert.equal(readLock().host, 'elsewhere');
  });
});
