import { StoppedError, systemError, UserError } from '../../errors';
import { isHelp } from './command-line';

/**
 * Runs a command with the arguments of this process. A UserError is printed as its sentence, an
 * error of the operating system as one too, any other error with its stack trace; all end the process with status 1, a
 * StoppedError with 130.
 * @param main the command; takes the arguments after the script's name
 */
export async function runCommand(main: (argv: string[]) => Promise<void>): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    if (isHelp(error)) return;
    const explained = error instanceof UserError ? error : systemError(error);
    console.error(explained ? explained.message : error);
    process.exitCode = error instanceof StoppedError ? 130 : 1;
  }
}

/** Nobody reads what is printed any more (`npm run train -- --help | head -1`): the command ends as it would else. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
