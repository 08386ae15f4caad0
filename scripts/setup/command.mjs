import { spawn, spawnSync } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';

/*
 * Runs the programs that the set-up needs. Their output goes to a log file; the last line is shown.
 */

/** Running programs: the ids of their process groups, with promises of their end. @type {Map<number, Promise<void>>} */
const running = new Map();
let stopping = false;

/** Thrown when a program failed; `log` is its output. */
export class CommandFailed extends Error {
  /**
   * @param {string} message
   * @param {string} log
   */
  constructor(message, log) {
    super(message);
    this.log = log;
  }
}

/**
 * Runs a program in a process group of its own, so that Ctrl-C ends it and all that it started.
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd: string, logFile: string, env?: NodeJS.ProcessEnv, onLine?: (line: string) => void }} options
 * @returns {Promise<void>}
 */
export function runLogged(program, args, { cwd, logFile, env = process.env, onLine }) {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = createWriteStream(logFile);
  log.on('error', () => undefined); // a full disk must not hide why the program failed
  log.write(`$ ${[program, ...args].join(' ')}\n`);
  return new Promise((resolve, reject) => {
    let tail = '';
    const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const group = child.pid;
    if (group) running.set(group, new Promise((ended) => child.once('close', () => ended())));
    /** @param {Buffer} chunk */
    const collect = (chunk) => {
      const text = chunk.toString();
      log.write(text);
      tail = (tail + text).slice(-100_000);
      const last = text.trimEnd().split('\n').at(-1);
      if (last) onLine?.(last);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', (error) => {
      log.end();
      reject(new CommandFailed(`${program}: ${error.message}`, error.message));
    });
    child.on('close', (status, signal) => {
      if (group) running.delete(group);
      if (stopping) return; // the process is about to end, and has reported it
      log.end(() => {
        if (status === 0) return resolve();
        const how = signal ? `was ended by ${signal}` : `failed with status ${status}`;
        reject(new CommandFailed(`${how} (log: ${relative(cwd, logFile)})`, tail));
      });
    });
  });
}

/**
 * Ends the running programs and waits until they have ended, so that they can't disturb a set-up that follows.
 * @param {number} patience milliseconds until they are killed
 */
export async function stopRunning(patience = 10_000) {
  stopping = true;
  for (const [group, ended] of [...running]) {
    killGroup(group, 'SIGTERM');
    const timer = setTimeout(() => killGroup(group, 'SIGKILL'), patience);
    await ended;
    clearTimeout(timer);
  }
}

/**
 * @param {number} group
 * @param {NodeJS.Signals} signal
 */
function killGroup(group, signal) {
  try {
    process.kill(-group, signal);
  } catch {
    // it has ended
  }
}

/**
 * The output of a program, or undefined where it is missing or fails.
 * @param {string} program
 * @param {string[]} args
 */
export function outputOf(program, args) {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8', timeout: 20_000 });
  return status === 0 ? stdout : undefined;
}

/**
 * @param {string} file a JSON file
 * @returns {any}
 */
export function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
