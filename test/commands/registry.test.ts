import assert from 'node:assert/strict';
import { cli } from '../../lib/cli';
import { commandNames, loadCommand, registerCommand } from '../../lib/commands/registry';
import type { CommandDefinition } from '../../lib/commands/support/command';
import { runCommand } from '../helpers/run-command';
import { assertUserError } from '../helpers/user-error';

/** Prints words in upper case: all that a new command takes. */
const shout: CommandDefinition = {
  name: 'shout',
  summary: 'Print words in upper case.',
  addOptions(command) {
    command.argument('<words...>', 'what to print').option('--mark <text>', 'after it', '');
  },
  async run(command) {
    console.log(command.args.join(' ').toUpperCase() + command.opts<{ mark: string }>().mark);
  },
};

describe('commands by name', () => {
  let remove: () => void;
  beforeEach(() => (remove = registerCommand(shout)));
  afterEach(() => remove());

  it('runs one that was registered, with its arguments, options and help', async () => {
    assert.equal((await runCommand(cli, ['shout', 'a', 'dog', '--mark', '!'])).out, 'A DOG!\n');
    await assertUserError(cli(['shout', 'a', '--mart', '!']), /--mart.*--mark.*npm run shout -- --help/);
    const { out } = await runCommand((argv) => cli(argv).catch(() => {}), ['shout', '--help']);
    assert.match(out, /npm run shout -- \[options\] <words\.\.\.>\n\nPrint words in upper case\./);
  });

  it('lists names and summaries, of commands alone', async () => {
    const { out } = await runCommand(cli, []);
    const listed = out.split('\n').filter((line) => line.startsWith('  '));
    assert.deepEqual(
      listed.map((line) => line.trim().split(' ')[0]),
      commandNames(),
    );
    assert.ok(listed.every((line) => /^ {2}[\w-]+ +[A-Z].*\.$/.test(line)));
    assert.match(out, /^ {2}shout +Print words in upper case\.$/m);
    await assertUserErrorWithList(cli(['nothing']));
    remove();
    await assertUserErrorWithList(cli(['shout']));
  });

  it('names each as its definition does, once', async () => {
    for (const name of commandNames()) assert.equal((await loadCommand(name))?.name, name);
    assert.throws(() => registerCommand({ ...shout, name: 'train' }), /"train" is registered already/);
  });

  const assertUserErrorWithList = (promise: Promise<void>) =>
    assert.rejects(promise, /Unknown command ".*": expected one of these\.\n\n {2}preprocess +Read/);
});
