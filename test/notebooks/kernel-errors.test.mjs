import assert from 'node:assert/strict';
import { UserError, ImageError } from '../../lib/errors.js';
import { shownError } from '../../scripts/kernel-errors.mjs';

describe('errors below a cell', () => {
  it('are the sentence of what a user can mend, of derived classes too', () => {
    for (const kind of [UserError, ImageError])
      assert.equal(shownError(new kind('cat.jpg cannot be read.'), false), 'cat.jpg cannot be read.');
  });

  it('keep their stack where they are unexpected', () => {
    for (const thrown of [new TypeError('x'), 'text', undefined, { message: 5 }])
      assert.equal(shownError(thrown, false), thrown);
  });

  it('are nothing for Stop where what was stopped says so itself, else a word', () => {
    const stopped = new Error('Interrupted asynchronously');
    assert.equal(shownError(stopped, true), undefined);
    assert.equal(shownError(stopped, false), 'Stopped.');
    assert.equal(shownError(new Error('Script execution was interrupted by `SIGINT`'), false), 'Stopped.');
  });
});
