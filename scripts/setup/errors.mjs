/** An error that the user can fix: one sentence with the problem and the remedy. */
export class SetupError extends Error {
  name = 'SetupError';
}

/**
 * Runs the main function of a script: a SetupError ends it with its one sentence and status 1. Where nobody reads what
 * it prints any more (`npm run setup | head -1`), it ends as it would else.
 * @param {() => Promise<number>} main gives the exit status
 */
export async function runMain(main) {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`\n${error.message}\n`);
    process.exitCode = 1;
  }
}

/** @param {NodeJS.ErrnoException} error */
function ignoreClosedPipe(error) {
  if (error.code !== 'EPIPE') throw error;
}
