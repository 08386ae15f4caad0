import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { PROJECT_ROOT } from '../../lib/project-root';

/** The texts of all sources, with messages over several lines joined and what they fill in as one sign. */
function sources(): string {
  const files = ['lib', path.join('scripts', 'setup')].flatMap((folder) =>
    fs
      .readdirSync(path.join(PROJECT_ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|mjs)$/.test(name))
      .map((name) => path.join(PROJECT_ROOT, folder, name)),
  );
  return files
    .map((file) => fs.readFileSync(file, 'utf8'))
    .join('\n')
    .replace(/['"`]\s*\+\s*['"`]/g, '');
}

describe('the page of troubles', () => {
  const page = fs.readFileSync(path.join(PROJECT_ROOT, 'docs', 'troubles.md'), 'utf8');
  const messages = [...page.matchAll(/^\| `(.+?)` \|/gm)].map(([, message]) => message);
  const text = sources();

  it('lists messages', () => assert.ok(messages.length > 15));

  for (const message of messages) {
    it(`quotes what is printed: ${message}`, () => {
      // Sources put messages together at these places.
      const pieces = message
        .replaceAll('--data-dir or DATA_DIR', '…')
        .split(/[…:;()]/)
        .map((piece) => piece.trim().replace(/^is /, ''))
        .filter((piece) => piece.length > 8);
      assert.ok(pieces.length > 0);
      for (const piece of pieces) assert.ok(text.includes(piece), piece);
    });
  }
});
