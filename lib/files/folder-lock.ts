import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { makeFolder } from '../files';
import { UserError } from '../errors';
import { removeIfEmpty } from './remove-empty';

/*
 * One writer in a folder at a time: a file in it says which process holds it. A process that has died holds nothing,
 * also where another one has its number by now, since the file names when it was started.
 */

/** The file in a folder that names its holder. */
export const LOCK_FILE = '.lock';

const holderSchema = z.object({
  /** what it does there, for messages: "a training" */
  work: z.string(),
  pid: z.int(),
  /** when the process was started, in the clock ticks of /proc; empty where there is none */
  started: z.string(),
  host: z.string(),
  since: z.string(),
});

/** Who holds a folder. */
export type LockHolder = z.infer<typeof holderSchema>;

/** A folder that this process holds. */
export interface FolderLock {
  /** Gives it back; the end of the process does so too. */
  release(): void;
}

/** Work of this process in the folders that it holds, by their paths. */
const own = new Map<string, Promise<void>>();

/**
 * Takes a folder for the work of this process, and makes it where it is missing. Waits for other work of this process
 * there: a notebook's cell that was stopped may need a moment to end.
 * @param work for the message that others get, such as "a training"
 * @throws UserError that names the process that holds it
 */
export async function lockFolder(folder: string, work: string): Promise<FolderLock> {
  const key = path.resolve(folder);
  for (let before = own.get(key); before; before = own.get(key)) await before;
  let settle = () => {};
  own.set(key, new Promise((resolve) => (settle = resolve)));
  try {
    return held(folder, key, work, settle);
  } catch (error) {
    own.delete(key);
    settle();
    throw error;
  }
}

/** Runs work while it holds a folder. */
export async function withFolderLock<T>(folder: string, work: string, run: () => Promise<T>): Promise<T> {
  const lock = await lockFolder(folder, work);
  try {
    return await run();
  } finally {
    lock.release();
  }
}

/** Who holds a folder now; undefined where nobody does. */
export function folderHolder(folder: string): LockHolder | undefined {
  const holder = readHolder(path.join(folder, LOCK_FILE));
  return holder && isAlive(holder) ? holder : undefined;
}

/** A sentence on who holds a folder, for a UserError. */
export function heldSentence(folder: string, { work, pid, host, since }: LockHolder): string {
  const remedy =
    host === hostname()
      ? 'wait until it ends, or stop it'
      : `wait until it ends, or delete ${path.join(folder, LOCK_FILE)} if it has ended`;
  return `${folder} is in use by ${work} (process ${pid} on ${host}, since ${since}): ${remedy}.`;
}

function held(folder: string, key: string, work: string, settle: () => void): FolderLock {
  const isNew = makeMissing(folder);
  const file = path.join(folder, LOCK_FILE);
  const mine: LockHolder = {
    work,
    pid: process.pid,
    started: startOf(process.pid),
    host: hostname(),
    since: new Date().toISOString().slice(0, 19).replace('T', ' '),
  };
  take(folder, file, mine);
  let released = false;
  const release = () => {
    if (released) return;
    released = true;
    process.off('exit', release);
    process.off('SIGTERM', onSigterm);
    if (isSame(readHolder(file), mine)) rmSync(file, { force: true });
    if (isNew) removeIfEmpty(folder); // work that failed before it wrote anything leaves no folder
    own.delete(key);
    settle();
  };
  // SIGTERM ends the process here too, when the folder has been given back. SIGINT asks work to stop (lib/progress/stop.ts),
  // and a listener for SIGHUP would undo nohup: a lock that is left by a signal is that of a dead process.
  const onSigterm = () => {
    release();
    process.kill(process.pid, 'SIGTERM');
  };
  process.on('exit', release);
  process.on('SIGTERM', onSigterm);
  return { release };
}

/** Writes the lock beside and links it to its name, which only one process can do. */
function take(folder: string, file: string, mine: LockHolder): void {
  const beside = `${file}.${process.pid}`;
  writeFileSync(beside, JSON.stringify(mine));
  try {
    if (link(beside, file)) return;
    const holder = readHolder(file);
    if (holder && isAlive(holder)) throw new UserError(heldSentence(folder, holder));
    replaceDead(beside, file, holder);
    const now = readHolder(file);
    if (!isSame(now, mine)) throw new UserError(heldSentence(folder, now ?? mine));
  } finally {
    rmSync(beside, { force: true });
  }
}

/** A turn to replace a lock takes no time: an older one is that of a process that died. */
const TURN_MS = 10_000;

/** Puts the own lock in the place of a dead process's. Of several that try only the one that makes the folder may. */
function replaceDead(beside: string, file: string, dead: LockHolder | undefined): void {
  const turn = `${file}.turn`;
  const before = statSync(turn, { throwIfNoEntry: false });
  if (before && Date.now() - before.mtimeMs > TURN_MS) rmdirSync(turn);
  try {
    mkdirSync(turn);
  } catch {
    return;
  }
  try {
    if (isSame(readHolder(file), dead)) renameSync(beside, file);
  } finally {
    rmdirSync(turn);
  }
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(file: string): LockHolder | undefined {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined; // none, or a file that is no lock
  }
}

function isSame(one: LockHolder | undefined, other: LockHolder | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Of a process on another machine it is not known: it counts as alive. */
function isAlive({ pid, started, host }: LockHolder): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return startOf(pid) === started;
}

/** When a process was started (field 22 of /proc/PID/stat); empty where there is no /proc. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the name in parentheses, which may hold spaces; the state after it is the third.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[22 - 3] ?? '';
  } catch {
    return '';
  }
}

/** @returns whether the folder was missing */
function makeMissing(folder: string): boolean {
  try {
    makeFolder(path.dirname(folder));
    mkdirSync(folder);
    return true;
  } catch {
    makeFolder(folder); // throws where it cannot be made
    return false;
  }
}
