import { messageOf, StoppedError, systemError, UserError } from '../../errors';
import { isHelp } from './command-line';

/**
 * Runs a command with the arguments of this process. A UserError is printed as its sentence, an
 * error of the operating system as one too, any other error with its stack trace; all end the process with status 1, a
 * StoppedError with 130.
 * @param main the command; takes the arguments after the script's name
 */
export async function runCommand(main: (argv: string[]) => Promise<void>): Promise<void> {
  process.stdout.on('error', onLostOutput);
  process.stderr.on('error', () => {}); // there is nobody left to tell
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    if (isHelp(error)) return;
    const explained = error instanceof UserError ? error : systemError(error);
    console.error(explained ? explained.message : error);
    process.exitCode = error instanceof StoppedError ? 130 : 1;
  }
}

/**
 * Nobody reads what is printed any more (`npm run train -- --help | head -1`): the command ends as it would else. Where it cannot be
 * written, as on a full disk, it ends at once.
 */
function onLostOutput(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') return;
  process.stderr.write(
    `Standard output cannot be written (${messageOf(error)}): write it to another place.\n`,
  );
  process.exit(1);
}
