import { inNotebook } from '../tslab';

/** A request to stop, which long loops check between two steps. */
export interface Stop {
  /** Aborted by the notebook's Stop button, or by Ctrl-C on a terminal. */
  signal: AbortSignal;
  /** No longer listen; call it when the loop is over. Afterwards Ctrl-C ends the process again. */
  release(): void;
}

const waiting = new Set<AbortController>();

/**
 * Listens for a request to stop (SIGINT) from now until `release()`.
 *
 * On a terminal the first Ctrl-C aborts the signal and the second one ends the process with status 130. In a
 * notebook the Stop button aborts the signal; tslab ends the cell at once, while the loop goes on in the
 * background until it next checks the signal. SIGINT only arrives while the event loop turns: see `eventLoopTurn`.
 */
export function stopSignal(): Stop {
  const controller = new AbortController();
  waiting.add(controller);
  changeListener();
  return {
    signal: controller.signal,
    release() {
      waiting.delete(controller);
      changeListener();
    },
  };
}

/**
 * In a notebook not at once: while the part of a cell before its first `await` runs, Node's vm module
 * (`breakOnSigint`) has taken all listeners away, and one added meanwhile would leave the process with Node's
 * default for SIGINT, which is to end: the next Stop would kill the kernel.
 */
function changeListener(): void {
  if (inNotebook()) queueMicrotask(listenWhileWaiting);
  else listenWhileWaiting();
}

function listenWhileWaiting(): void {
  const listening = process.listeners('SIGINT').includes(onSigint);
  if (waiting.size > 0 && !listening) process.on('SIGINT', onSigint);
  if (waiting.size === 0 && listening) process.removeListener('SIGINT', onSigint);
}

function onSigint(): void {
  const isFirst = [...waiting].some((controller) => !controller.signal.aborted);
  for (const controller of waiting) controller.abort();
  if (inNotebook()) return;
  if (!isFirst) process.exit(130);
  process.stderr.write('\nStopping after this step; press Ctrl-C again to end at once.\n');
}

/** Lets timers and signals in. Loops over native (synchronous) work await it at each step: a resolved promise alone won't do. */
export function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
