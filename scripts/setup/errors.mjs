/** An error that the user can fix: one sentence with the problem and the remedy. */
export class SetupError extends Error {
  name = 'SetupError';
}

/**
 * Runs the main function of a script: a SetupError ends it with its one sentence and status 1.
 * @param {() => Promise<number>} main gives the exit status
 */
export async function runMain(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`\n${error.message}\n`);
    process.exitCode = 1;
  }
}
