import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { PROJECT_ROOT } from './setup/paths.mjs';
import { userEnvironment } from './user-folder.mjs';

/*
 * Runs a program for the user, with the same terminal, and passes signals on.
 *
 * One Ctrl-C reaches this process more than once (from the terminal and from npm). The program therefore
 * runs in a process group of its own and gets each signal from here, once.
 */

/** Within so many milliseconds a second signal is the same Ctrl-C. */
const SAME_SIGNAL_MS = 400;
const FOLLOWER = new URL('./follow-parent.mjs', import.meta.url).href;

/**
 * @param {string} program
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, ipc?: boolean, onLine?: (line: string) => void }} [options]
 *   `ipc`: the program is Node with follow-parent.mjs; `onLine`: takes what it prints on standard output
 * @returns {Promise<number>} its exit status (128 + number of the signal that ended it)
 */
export function runForUser(program, args, { env = process.env, ipc = false, onLine } = {}) {
  return new Promise((resolve, reject) => {
    const output = onLine ? 'pipe' : 'inherit';
    const child = spawn(program, args, {
      cwd: PROJECT_ROOT,
      env,
      detached: true,
      stdio: ['inherit', output, 'inherit', ...(ipc ? [/** @type {const} */ ('ipc')] : [])],
    });
    const stopForwarding = forwardSignals(child);
    if (onLine) eachLine(child.stdout, onLine);
    child.on('error', reject);
    child.on('close', (status, signal) => {
      stopForwarding();
      resolve(status ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}

/**
 * Runs a TypeScript file of the project with Node.
 * @param {string} file relative to the project
 * @param {string[]} args
 */
export function runTypeScript(file, args) {
  const env = { TF_CPP_MIN_LOG_LEVEL: '2', ...userEnvironment() };
  return runForUser(process.execPath, ['--import', FOLLOWER, '--import', 'tsx', file, ...args], {
    env,
    ipc: true,
  });
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {() => void} stops forwarding
 */
function forwardSignals(child) {
  let last = 0;
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => {
    if (Date.now() - last < SAME_SIGNAL_MS) return;
    last = Date.now();
    child.kill(signal);
  };
  const suspend = () => {
    child.kill('SIGSTOP');
    process.kill(process.pid, 'SIGSTOP');
  };
  const resume = () => void child.kill('SIGCONT');
  const ending = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
  for (const signal of ending) process.on(signal, forward);
  process.on('SIGTSTP', suspend).on('SIGCONT', resume);
  return () => {
    for (const signal of ending) process.off(signal, forward);
    process.off('SIGTSTP', suspend).off('SIGCONT', resume);
  };
}

/**
 * @param {NodeJS.ReadableStream | null} stream
 * @param {(line: string) => void} onLine
 */
function eachLine(stream, onLine) {
  let rest = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (/** @type {string} */ text) => {
    const lines = (rest + text).split('\n');
    rest = /** @type {string} */ (lines.pop());
    lines.forEach(onLine);
  });
}
