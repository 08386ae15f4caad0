import { Command, CommanderError, type Option } from 'commander';
import { nearestName } from '../../nearest';
import { UserError } from '../../errors';
import { NamedFlag } from './named-flag';

/** Columns of `--help` where no terminal tells how many it has, and at least. */
const [USUAL_WIDTH, LEAST_WIDTH] = [100, 72];
/** Of the meanings of flags at least; narrower, commander would not wrap them. */
const LEAST_MEANING_WIDTH = 24;

/** Columns of `--help`: those of the terminal. */
export const helpWidth = (): number => Math.max(LEAST_WIDTH, process.stdout.columns || USUAL_WIDTH);

/**
 * A command whose errors are UserErrors: commander itself would print them and end the process.
 * @param name as its user types it: `npm run caption --`
 */
export function commandLine(name: string, description: string): Command {
  const command = new Command(name);
  return command
    .description(description)
    .showSuggestionAfterError(false)
    .exitOverride((error) => {
      throw error.exitCode === 0 ? error : new UserError(explain(error, command));
    })
    .configureOutput({
      writeErr: () => {},
      getOutHelpWidth: helpWidth,
    })
    .configureHelp({ minWidthToWrap: LEAST_MEANING_WIDTH });
}

/**
 * Parses the arguments of a command.
 * @throws UserError for what cannot be understood, and where npm has kept options for itself
 */
export function parseArguments(
  command: Command,
  argv: readonly string[],
  environment = process.env,
): Command {
  const kept = keptByNpm(command, argv, environment);
  if (kept !== undefined) {
    throw new UserError(
      `npm has kept ${kept} for itself: write all options after two dashes, as in ${command.name()} ${kept}.`,
    );
  }
  return command.parse(argv, { from: 'user' });
}

/**
 * A flag of the command that its user wrote before the two dashes: npm makes a setting of its own of it (`npm_config_epochs`),
 * and the command would run without it.
 */
function keptByNpm(
  command: Command,
  argv: readonly string[],
  environment: NodeJS.ProcessEnv,
): string | undefined {
  return command.options
    .map(({ long }) => long ?? '')
    .find((flag) => {
      const setting = environment[`npm_config_${flag.slice(2).replaceAll('-', '_')}`];
      return setting !== undefined && setting !== '' && !NPM_SETTINGS.includes(flag) && !argv.includes(flag);
    });
}

/** Flags that npm has too, which may be set for other reasons. */
const NPM_SETTINGS = ['--json', '--only'];

/** Was this thrown because `--help` has been answered? */
export function isHelp(error: unknown): boolean {
  return error instanceof CommanderError && error.exitCode === 0;
}

/** Commander's message as one sentence with a remedy. */
function explain({ code, message }: CommanderError, command: Command): string {
  const name = command.name();
  const what = message
    .replace(/^error: /, '')
    .replace(/\. Expected (\d+) arguments? but got (\d+)/, ' ($2 where $1 are expected)')
    .replace(/\.$/, '');
  const sentence = `${what[0].toUpperCase()}${what.slice(1)}`;
  if (code === 'commander.excessArguments')
    return `${sentence}: write options as --name value, after "${name}".`;

  const typed = /^error: unknown option '(.*)'/.exec(message)?.[1];
  // Of flags that are as near, rather one that always counts.
  const flags = [...command.options].sort((a, b) => Number(isConditional(a)) - Number(isConditional(b)));
  const near =
    typed === undefined
      ? undefined
      : nearestName(
          typed,
          flags.map(({ long }) => long ?? ''),
        );
  return near ? `${sentence}: did you mean ${near}? See ${name} --help.` : `${sentence}: see ${name} --help.`;
}

const isConditional = (option: Option) => option instanceof NamedFlag && !option.alwaysCounts;
