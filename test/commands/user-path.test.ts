import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { leftOutLines } from '../../lib/commands/support/report-problems';
import {
  pathOf,
  readPath,
  readPaths,
  shownPath,
  workInProject,
  writtenPath,
} from '../../lib/commands/support/user-path';
import { PROJECT_ROOT } from '../../lib/project-root';
import { assertUserError } from '../helpers/user-error';

/** The user stands in one folder, the command runs in the project's, as npm does it. */
describe('paths that a user types', () => {
  let here: string;

  beforeEach(() => {
    here = fs.mkdtempSync(path.join(os.tmpdir(), 'here-'));
    process.env['USER_FOLDER'] = here;
    fs.writeFileSync(path.join(here, 'photo.jpg'), '');
  });
  afterEach(() => {
    delete process.env['USER_FOLDER'];
    fs.rmSync(here, { recursive: true });
  });

  it('to be written are relative to where the user stands', () => {
    assert.equal(writtenPath('out/scores.json'), path.join(here, 'out/scores.json'));
    assert.equal(writtenPath('/out/scores.json'), '/out/scores.json');
    assert.equal(writtenPath('~/scores.json'), path.join(os.homedir(), 'scores.json'));
  });

  it('to be read are looked for there, then in the project', () => {
    assert.equal(pathOf('photo.jpg'), path.join(here, 'photo.jpg'));
    assert.equal(path.resolve(pathOf('data/photos/cat.jpg')), path.join(PROJECT_ROOT, 'data/photos/cat.jpg'));
    fs.mkdirSync(path.join(here, 'data/photos'), { recursive: true });
    fs.writeFileSync(path.join(here, 'data/photos/cat.jpg'), '');
    assert.equal(pathOf('data/photos/cat.jpg'), path.join(here, 'data/photos/cat.jpg'));
  });

  it('that are nowhere are named with all places where they were looked for', async () => {
    const places = ['none.jpg', 'none.jpg'].map((name, i) => path.join([here, PROJECT_ROOT][i], name));
    await assertUserError(
      () => readPath('--model')('none.jpg'),
      new RegExp(`^--model none\\.jpg is not there: looked for ${places.join(' and ')}\\.$`),
    );
    await assertUserError(() => readPath('--model')('/none.jpg'), /looked for \/none\.jpg\.$/);
    assert.equal(pathOf('none.jpg'), places[0]);
  });

  it('may be several, with commas between them; some may be left out', async () => {
    const read = readPaths('--encoder-weights');
    assert.equal(read('photo.jpg'), path.join(here, 'photo.jpg'));
    assert.equal(read('photo.jpg,, data'), `${path.join(here, 'photo.jpg')},,data`);
    await assertUserError(() => read('photo.jpg,none.h5'), /^--encoder-weights none\.h5 is not there/);
    await assertUserError(() => read('none.h5'), /^--encoder-weights none\.h5 is not there/);
    fs.writeFileSync(path.join(here, 'one,two.h5'), '');
    assert.equal(read('one,two.h5'), path.join(here, 'one,two.h5'));
  });

  it('are never empty', async () => {
    for (const empty of ['', ' ']) {
      await assertUserError(() => writtenPath(empty), /^A path is empty/);
      await assertUserError(() => readPath('--model')(empty), /^A path is empty/);
    }
  });

  it('stay as they were typed where the user stands in the project', () => {
    process.env['USER_FOLDER'] = process.cwd();
    assert.equal(writtenPath('out/scores.json'), 'out/scores.json');
    assert.equal(pathOf('data/photos/cat.jpg'), 'data/photos/cat.jpg');
  });

  it('are printed so that they can be typed again', () => {
    assert.equal(shownPath(path.join(here, 'models/mine')), 'models/mine');
    assert.equal(shownPath('models/mine'), path.resolve('models/mine'));
  });

  it('stay those of the user where a command is run without npm, and what nobody named is in the project', () => {
    const before = process.cwd();
    delete process.env['USER_FOLDER'];
    process.env['DATA_DIR'] = 'own';
    fs.mkdirSync(path.join(here, 'own'));
    try {
      process.chdir(here);
      workInProject();
      assert.equal(process.cwd(), PROJECT_ROOT);
      assert.equal(process.env['DATA_DIR'], path.join(here, 'own'));
      assert.equal(pathOf('photo.jpg'), path.join(here, 'photo.jpg'));
    } finally {
      process.chdir(before);
      delete process.env['DATA_DIR'];
    }
  });

  it('lead from there to the list of what was left out, whose line names flags', () => {
    const problems = [{ where: 'a.jpg', what: 'image file is missing' }];
    const lines = leftOutLines({ problems, problemsFile: 'data/own-problems.tsv' }, 3);
    assert.ok(lines[0].endsWith(`; ${path.resolve('data/own-problems.tsv')} lists all.`), lines[0]);
    assert.equal(
      lines[1],
      'Not trained on: 3 captions with fewer words than --min-words or more than --max-words.',
    );
  });
});
