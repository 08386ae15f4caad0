import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { UserError } from '../lib/errors';
import { writeTensors } from '../lib/safetensors';
import { FAILED, type Contender } from './row';

/** What a peer works on. */
export interface PeerTask {
  /** module in bench/peers */
  module: string;
  /** task.json */
  task: object;
  arrays: Record<string, tf.Tensor>;
}

const WORKER = path.join(__dirname, 'peers', 'worker.py');

const answers = {
  ready: z.object({ ready: z.boolean() }),
  values: z.object({ values: z.array(z.number()) }),
  seconds: z.object({ seconds: z.number() }),
};

/** Minutes that a peer has for an answer: the slowest takes two for its first graph. */
const PATIENCE_MINUTES = 10;
/** Of what a peer wrote last, in a message. */
const LAST_WORDS = 300;

/** The peer's library has no twin of the captioner. */
export class NoTwin extends Error {}

/** A peer that died, gave no answer or one that is none: it takes no part, and the others go on. */
export class PeerFailed extends Error {}

/** A peer in a process of its own, which stays alive and works on request. */
export class Peer implements Contender {
  private readonly lines: AsyncIterator<string>;
  private errors = '';
  private readonly ended: Promise<never>;

  private constructor(
    readonly name: string,
    private readonly process: ChildProcessWithoutNullStreams,
    private readonly patienceMinutes: number,
  ) {
    this.lines = readline.createInterface({ input: process.stdout })[Symbol.asyncIterator]();
    process.stdin.on('error', () => undefined); // of one that has ended: that is told below
    process.stderr.on('data', (text: Buffer) => (this.errors = (this.errors + text.toString()).slice(-4000)));
    this.ended = new Promise((_, reject) => {
      process.on('error', (error) => reject(new PeerFailed(`${name} does not start: ${error.message}.`)));
      process.on('close', () =>
        reject(new PeerFailed(`${name} ended without an answer: ${this.lastWords()}`)),
      );
    });
    this.ended.catch(() => undefined); // handled where an answer is awaited
  }

  /**
   * Starts a peer and waits until it is ready.
   * @param folder a new folder for what it is given
   * @throws NoTwin where the captioner of the task was not rewritten for the peer
   */
  static async start(
    name: string,
    python: string,
    folder: string,
    { module, task, arrays }: PeerTask,
    { worker = WORKER, patienceMinutes = PATIENCE_MINUTES } = {},
  ): Promise<Peer> {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, 'task.json'), JSON.stringify(task));
    writeTensors(path.join(folder, 'task.safetensors'), arrays);
    const peer = new Peer(name, spawn(python, ['-u', worker, module, folder]), patienceMinutes);
    const { ready } = await peer.answer(answers.ready);
    if (!ready) throw new NoTwin(`no ${name} twin: skipped`);
    return peer;
  }

  /** The numbers that must be ours too. */
  async check(): Promise<number[]> {
    return (await this.ask('check', answers.values)).values;
  }

  async round(): Promise<number> {
    return (await this.ask('round', answers.seconds)).seconds;
  }

  /** Ends the process: its standard input is closed. */
  close(): void {
    this.process.stdin.end();
  }

  private ask<T>(what: 'check' | 'round', expected: z.ZodType<T>): Promise<T> {
    this.process.stdin.write(`${what}\n`);
    return this.answer(expected);
  }

  private async answer<T>(expected: z.ZodType<T>): Promise<T> {
    try {
      return await this.nextAnswer(expected);
    } catch (error) {
      this.process.kill('SIGKILL');
      throw error;
    }
  }

  private async nextAnswer<T>(expected: z.ZodType<T>): Promise<T> {
    const late = new AbortController();
    const patience = wait(60_000 * this.patienceMinutes, 'late' as const, { signal: late.signal });
    patience.catch(() => undefined); // the answer came in time
    const next = this.lines.next() as Promise<IteratorResult<string, undefined>>;
    const line = await Promise.race([next, this.ended, patience]).finally(() => late.abort());
    if (line === 'late')
      throw new PeerFailed(`${this.name} gave no answer in ${this.patienceMinutes} minutes.`);
    if (line.value === undefined) return this.ended;
    const answer = expected.safeParse(parseJson(line.value));
    if (!answer.success) throw new PeerFailed(`${this.name} answered "${line.value.slice(0, LAST_WORDS)}".`);
    return answer.data;
  }

  private lastWords(): string {
    const line = this.errors.trim().split('\n').at(-1) ?? '';
    return line.slice(0, LAST_WORDS) || 'it said nothing.';
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Starts peers and checks that their numbers are ours.
 * @param starts one for each peer
 * @param peers where those that are ready are added, for the caller to close
 * @returns a note for each peer that has no twin of the captioner, or has failed
 */
export async function startPeers(
  starts: readonly (() => Promise<Peer>)[],
  ours: readonly number[],
  tolerance: number,
  peers: Contender[],
): Promise<string[]> {
  const notes: string[] = [];
  for (const start of starts) {
    try {
      const peer = await start();
      const theirs = await peer.check();
      peers.push(peer);
      assertSame(peer.name, theirs, ours, tolerance);
    } catch (error) {
      if (error instanceof NoTwin) notes.push(error.message);
      else if (error instanceof PeerFailed) notes.push(`${FAILED}${error.message}`);
      else throw error;
    }
  }
  return notes;
}

/**
 * @param tolerance as a share of the largest number
 * @throws UserError where a peer's numbers are not ours: then it does other work, and a race means nothing
 */
export function assertSame(
  peer: string,
  theirs: readonly number[],
  ours: readonly number[],
  tolerance: number,
): void {
  const most = tolerance * Math.max(...ours.map(Math.abs));
  if (ours.length === theirs.length && ours.every((own, i) => Math.abs(own - theirs[i]) <= most)) return;
  const [a, b] = [ours, theirs].map((list) => list.map((x) => x.toPrecision(6)).join(', '));
  throw new UserError(
    `${peer} does other work than this project: it gives ${b} where this project gives ${a}.`,
  );
}
