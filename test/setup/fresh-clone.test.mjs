import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCRIPTS = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'scripts');

describe('scripts in a fresh clone', () => {
  it('import no package: set-up has not installed any yet', () => {
    const folder = mkdtempSync(join(tmpdir(), 'clone-'));
    try {
      cpSync(SCRIPTS, join(folder, 'scripts'), { recursive: true });
      const modules = readdirSync(join(folder, 'scripts'), { recursive: true, encoding: 'utf8' }).filter(
        (name) => /^(checks|notebooks|setup)\/.*\.mjs$/.test(name) && name !== 'setup/setup.mjs',
      );
      const imports = modules.map((name) => `await import('./scripts/${name}');`).join('\n');
      const args = ['--input-type=module', '-e', imports];
      const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
      assert.equal(status, 0, stderr);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
