import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../scripts/setup/paths.mjs';
import { userEnvironment, userFolder } from '../../scripts/user-folder.mjs';
import { inFolder } from './helpers.mjs';

describe('where the user stands', () => {
  const ours = { npm_package_json: join(PROJECT_ROOT, 'package.json') };

  it('is where npm was called', () => {
    assert.equal(userFolder({ ...ours, INIT_CWD: '/here' }), '/here');
  });

  it("is the working directory without npm, and below another project's npm", () => {
    assert.equal(userFolder({}), process.cwd());
    assert.equal(userFolder({ npm_package_json: '/other/package.json', INIT_CWD: '/other' }), process.cwd());
  });

  it('is where DATA_DIR begins, or else in the project', () =>
    inFolder((dir) => {
      const env = { ...ours, INIT_CWD: dir };
      /** @param {string} data */
      const found = (data) => userEnvironment({ ...env, DATA_DIR: data }).DATA_DIR;
      mkdirSync(join(dir, 'flickr8k'));
      assert.equal(found('flickr8k'), join(dir, 'flickr8k'));
      assert.equal(found('data/photos'), join(PROJECT_ROOT, 'data', 'photos'));
      assert.equal(found('none'), join(dir, 'none'));
      assert.equal(found('/flickr8k'), '/flickr8k');
      assert.deepEqual(userEnvironment(env), { ...env, USER_FOLDER: dir });
    }));
});
