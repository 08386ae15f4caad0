import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../lib/errors';
import { writeTensors } from '../lib/safetensors';
import type { Contender } from './row';

/** What a peer works on. */
export interface PeerTask {
  /** module in bench/peers */
  module: string;
  /** task.json */
  task: object;
  arrays: Record<string, tf.Tensor>;
}

const WORKER = path.join(__dirname, 'peers', 'worker.py');

type Answer = { ready: boolean } | { values: number[] } | { seconds: number };

/** The peer's library has no twin of the captioner. */
export class NoTwin extends Error {}

/** A peer in a process of its own, which stays alive and works on request. */
export class Peer implements Contender {
  private readonly lines: AsyncIterator<string>;
  private errors = '';
  private readonly ended: Promise<never>;

  private constructor(
    readonly name: string,
    private readonly process: ChildProcessWithoutNullStreams,
  ) {
    this.lines = readline.createInterface({ input: process.stdout })[Symbol.asyncIterator]();
    process.stderr.on('data', (text: Buffer) => (this.errors = (this.errors + text.toString()).slice(-4000)));
    this.ended = new Promise((_, reject) => {
      process.on('error', (error) => reject(new UserError(`${name} does not start: ${error.message}.`)));
      process.on('close', () => {
        reject(new UserError(`${name} ended before it had answered. Its last words:\n${this.errors.trim()}`));
      });
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
  ): Promise<Peer> {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, 'task.json'), JSON.stringify(task));
    writeTensors(path.join(folder, 'task.safetensors'), arrays);
    const peer = new Peer(name, spawn(python, ['-u', WORKER, module, folder]));
    const { ready } = (await peer.answer()) as { ready: boolean };
    if (!ready) throw new NoTwin(`no ${name} twin: skipped`);
    return peer;
  }

  /** The numbers that must be ours too. */
  async check(): Promise<number[]> {
    return (await this.ask<{ values: number[] }>('check')).values;
  }

  async round(): Promise<number> {
    return (await this.ask<{ seconds: number }>('round')).seconds;
  }

  /** Ends the process: its standard input is closed. */
  close(): void {
    this.process.stdin.end();
  }

  private async ask<T extends Answer>(what: 'check' | 'round'): Promise<T> {
    this.process.stdin.write(`${what}\n`);
    return (await this.answer()) as T;
  }

  private async answer(): Promise<Answer> {
    const next = this.lines.next() as Promise<IteratorResult<string, undefined>>;
    const line = await Promise.race([next, this.ended]);
    if (line.value === undefined) return this.ended;
    return JSON.parse(line.value) as Answer;
  }
}

/**
 * Starts peers and checks that their numbers are ours.
 * @param starts one for each peer
 * @param peers where those that are ready are added, for the caller to close
 * @returns a note for each peer that has no twin of the captioner
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
      peers.push(peer);
      assertSame(peer.name, await peer.check(), ours, tolerance);
    } catch (error) {
      if (!(error instanceof NoTwin)) throw error;
      notes.push(error.message);
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
