/*
 * What a notebook shows below a cell that fails. tslab prints whatever was thrown with its stack trace, and for the Stop
 * button an error of its own. Errors that a user can mend are one sentence, and Stop is no error.
 */

/** What tslab throws for Stop: while a cell awaits something, and while it computes. */
const STOPPED = ['Interrupted asynchronously', 'Script execution was interrupted by `SIGINT`'];

/**
 * @param {unknown} thrown
 * @param {boolean} isAnswered whether the code that was stopped says so itself
 * @returns {unknown} what to print; undefined: nothing
 */
export function shownError(thrown, isAnswered) {
  if (!(thrown instanceof Object) || !('message' in thrown)) return thrown;
  if (STOPPED.includes(String(thrown.message))) return isAnswered ? undefined : 'Stopped.';
  return isUserError(thrown) ? thrown.message : thrown;
}

/**
 * Errors of lib come from a module that tslab loads: their class is told by its name, also that of a class derived from it.
 * @param {object | null} value
 * @returns {boolean}
 */
function isUserError(value) {
  for (let one = value; one !== null; one = Object.getPrototypeOf(one))
    if (one.constructor?.name === 'UserError') return true;

  return false;
}

/** Lets `console.error`, with which tslab prints what cells throw, print what `shownError` says. */
export function showSentences() {
  const print = console.error;
  console.error = (...values) => {
    if (values.length !== 1) return print(...values);
    // Besides tslab's own listener there is one of lib (lib/progress/stop.ts) while something waits for Stop.
    const shown = shownError(values[0], process.listenerCount('SIGINT') > 1);
    if (shown !== undefined) print(shown);
  };
}
