import { Command, CommanderError } from 'commander';
import { UserError } from '../../errors';

/** Columns of `--help` at least: narrower, the meanings of the longest flags would not be wrapped. */
const HELP_WIDTH = 100;

/**
 * A command whose errors are UserErrors: commander itself would print them and end the process.
 * @param name as its user types it: `npm run caption --`
 */
export function commandLine(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .exitOverride((error) => {
      throw error.exitCode === 0 ? error : new UserError(explain(error, name));
    })
    .configureOutput({
      writeErr: () => {},
      getOutHelpWidth: () => Math.max(HELP_WIDTH, process.stdout.columns ?? 0),
    });
}

/** Was this thrown because `--help` has been answered? */
export function isHelp(error: unknown): boolean {
  return error instanceof CommanderError && error.exitCode === 0;
}

/** Commander's message as one sentence with a remedy. */
function explain({ code, message }: CommanderError, name: string): string {
  const what = message
    .replace(/^error: /, '')
    .replace(/\n\((.*)\)$/, ' ($1)')
    .replace(/\. Expected (\d+) arguments? but got (\d+)/, ' ($2 where $1 are expected)')
    .replace(/\.$/, '');
  // npm keeps the flags before -- for itself and passes on their values alone.
  const remedy =
    code === 'commander.excessArguments'
      ? `write options as --name value, after "${name}"`
      : `see ${name} --help`;
  return `${what[0].toUpperCase()}${what.slice(1)}: ${remedy}.`;
}
