import { UserError } from '../../errors';
import { isHelp } from './command-line';

/**
 * Runs a command with the arguments of this process. A UserError is printed as its sentence, any
 * other error with its stack trace; both end the process with status 1.
 * @param main the command; takes the arguments after the script's name
 */
export async function runCommand(main: (argv: string[]) => Promise<void>): Promise<void> {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    if (isHelp(error)) return;
    console.error(error instanceof UserError ? error.message : error);
    process.exitCode = 1;
  }
}
