import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const PROJECT = path.resolve(__dirname, '..', '..');
const CLI = ['--import', 'tsx', path.join('lib', 'cli.ts')];

/** Runs Node with one of its streams closed; gives the status and what it printed on the other one. */
function runWithout(closed: 'stdout' | 'stderr', args: string[]): Promise<[number | null, string]> {
  const child = spawn(process.execPath, args, { cwd: PROJECT });
  child[closed].destroy();
  let printed = '';
  child[closed === 'stdout' ? 'stderr' : 'stdout'].on('data', (text: Buffer) => (printed += text.toString()));
  return new Promise((resolve) => child.on('close', (status) => resolve([status, printed])));
}

describe('a command whose output is not read to its end', function () {
  this.timeout(120_000);

  it('ends quietly before head -1', () => {
    const script = '"$@" | head -1; exit "${PIPESTATUS[0]}"';
    for (let i = 0; i < 3; i++) {
      const args = ['-c', script, 'bash', process.execPath, ...CLI, 'score', '--help'];
      const { status, stdout, stderr } = spawnSync('bash', args, { cwd: PROJECT, encoding: 'utf8' });
      assert.deepEqual([status, stderr], [0, '']);
      assert.match(stdout, /^Usage: npm run score [^\n]*\n$/);
    }
  });

  it('ends quietly where standard output is closed', async () =>
    assert.deepEqual(await runWithout('stdout', [...CLI, 'score', '--help']), [0, '']));

  it('ends with a sentence where the disk is full, and quietly where that cannot be told either', function () {
    if (!existsSync('/dev/full')) this.skip();
    const run = (script: string) =>
      spawnSync('bash', ['-c', script, 'bash', process.execPath, ...CLI], { cwd: PROJECT, encoding: 'utf8' });
    const { status, stderr } = run('"$@" score --help > /dev/full');
    assert.deepEqual(
      [status, stderr],
      [1, 'Standard output cannot be written (the disk is full): write it to another place.\n'],
    );
    assert.equal(run('"$@" score --nothing 2> /dev/full').status, 1);
  });

  it('keeps status 1 where standard error is closed', async () =>
    assert.deepEqual(await runWithout('stderr', [...CLI, 'score', '--nothing']), [1, '']));

  it('ends quietly as a script, too, with its own status', async () => {
    const script = `import { runMain } from './scripts/setup/errors.mjs';
      await runMain(async () => {
        process.stdout.write('Running 1 notebook');
        await new Promise((resolve) => setTimeout(resolve, 50));
        return 3;
      });`;
    assert.deepEqual(await runWithout('stdout', ['--input-type=module', '-e', script]), [3, '']);
  });

  it('tells what the operating system refused in a sentence, as a command and as a script', () => {
    const code = (imports: string, run: string) => `${imports}
      void ${run}(async () => { await (await import('node:fs')).promises.readFile('package.json/x'); });`;
    const cases: [args: string[], code: string][] = [
      [['--import', 'tsx', '--input-type=commonjs'], code("const { runCommand } = require('./lib/commands/support/run-command.ts');", 'runCommand')],
      [['--input-type=module'], code("import { runMain } from './scripts/setup/errors.mjs';", 'runMain')],
    ]; // prettier-ignore
    for (const [args, script] of cases) {
      const { status, stderr } = spawnSync(process.execPath, [...args, '-e', script], { cwd: PROJECT, encoding: 'utf8' });
      assert.equal(status, 1);
      assert.match(stderr, /^\n?package\.json\/x cannot be used \(a part of the path is a file, not a folder\)[^\n]*\.\n$/);
    }
  }); // prettier-ignore
});
