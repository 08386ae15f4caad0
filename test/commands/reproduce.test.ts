import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { cli } from '../../lib/cli';
import { configure } from '../../lib/config/configuration';
import { SHIPPED_MODEL } from '../../lib/generate-caption';
import { recordOf } from '../../lib/model/saved-model';
import { assertUserError } from '../helpers/user-error';

const PROJECT = path.join(__dirname, '..', '..');

describe('npm run reproduce', () => {
  it('says which folder is missing', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'reproduce-'));
    try {
      fs.mkdirSync(path.join(folder, 'flickr8k'));
      await assertUserError(
        cli(['reproduce', '--data-dir', folder]),
        /has no folder coco: put that data set there/,
      );
      await assertUserError(cli(['reproduce', '--data-dir', `${folder}-none`]), /is not there/);
      await assertUserError(cli(['reproduce']), /--data-dir <folder>.* not specified/);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it('trains with the options of the shipped captioner, whose scores on both sets are known', () => {
    const { captioner, encoder, training, scores } = recordOf(path.join(PROJECT, SHIPPED_MODEL));
    const recipe = configure({ preset: 'shipped', data: { dataset: 'flickr8k-coco' } }, {});
    assert.deepEqual(captioner, recipe.captioner);
    assert.equal(encoder.name, recipe.encoder.encoder);
    const { options, data } = training as unknown as Pick<typeof recipe, 'data'> & { options: object };
    assert.deepEqual(options, recipe.training);
    assert.deepEqual({ ...data, dataDir: '' }, { ...recipe.data, dataDir: '' });
    for (const name of ['Flickr8k dev', 'COCO held out']) assert.ok(scores[name].CIDEr > 0.6, name);
  });
});
