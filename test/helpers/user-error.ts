import assert from 'node:assert/strict';
import { UserError } from '../../lib/errors';

/** Fails unless a promise is rejected, or a function throws, with one sentence that matches. */
export async function assertUserError(
  action: Promise<unknown> | (() => unknown),
  sentence: RegExp,
): Promise<void> {
  await assert.rejects(
    async () => (typeof action === 'function' ? action() : action),
    (error) => {
      assert.ok(error instanceof UserError, `no UserError: ${String(error)}`);
      assert.match(error.message, sentence);
      assert.match(error.message, /^[^\n]+\.$/, 'one line that ends with a full stop');
      return true;
    },
  );
}
