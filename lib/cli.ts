import { commandNames, loadCommand } from './commands/registry';
import { mainOf } from './commands/support/command';
import { runCommand } from './commands/support/run-command';
import { workInProject } from './commands/support/user-path';
import { nearestName } from './nearest';
import { UserError } from './errors';

/**
 * Runs a command by its name; without one it prints the list of commands.
 * @param argv the command's name and its arguments
 * @throws UserError that lists the commands where there is none of this name
 */
export async function cli([name, ...argv]: string[]): Promise<void> {
  const command = name === undefined ? undefined : await loadCommand(name);
  if (command) return mainOf(command)(argv);
  const list = await commandList();
  if (name !== undefined && !HELP.includes(name)) {
    const near = nearestName(name, commandNames());
    const meant = near === undefined ? '' : `did you mean ${near}? Otherwise `;
    throw new UserError(`Unknown command "${name}": ${meant}expected one of these.\n\n${list}`);
  }
  console.log(`usage: npm run cli -- COMMAND [options]\n\n${list}`);
}

const HELP = ['--help', '-h', 'help'];

/** Names and summaries, a line each. */
async function commandList(): Promise<string> {
  const names = commandNames();
  const width = Math.max(...names.map((name) => name.length));
  const lines = names.map(async (name) => `  ${name.padEnd(width)}  ${(await loadCommand(name))?.summary}`);
  return (await Promise.all(lines)).join('\n');
}

if (require.main === module) {
  workInProject();
  void runCommand(cli);
}
