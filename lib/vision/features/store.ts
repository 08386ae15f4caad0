import fs from 'node:fs';
import path from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import { messageOf, systemReason, UserError } from '../../errors';
import { makeFolder } from '../../files';
import { kernels } from '../../ops/kernels';

/*
 * A folder of features: shards with nothing but halves, and an index with one line of JSON for
 * each image, written after its features. Nothing is ever overwritten and every writer has
 * shards of its own, so a process killed at any moment loses only what it had not yet indexed,
 * and two processes may fill the same folder.
 */

/** The size of a shard, at most. */
const SHARD_BYTES = 64 * 2 ** 20;
const INDEX = 'index.jsonl';

/** What tells whether a file is still the one whose features are stored. */
export interface Fingerprint {
  size: number;
  /** Time of the last change, in milliseconds. */
  time: number;
  /** SHA-1 of the content, in hexadecimal. */
  sha1: string;
}

/** Features to be stored. */
export interface FeatureRecord {
  id: string;
  fingerprint: Fingerprint;
  /** as halves [regions * channels] */
  features: Uint16Array;
}

interface Entry extends Fingerprint {
  id: string;
  /** File name of the shard. */
  shard: string;
  /** Position in the shard, in records. */
  slot: number;
}

/** Features of images by id, in a folder. Only the index is held in memory. */
export class FeatureStore {
  private readonly entries = new Map<string, Entry>();
  private readonly readers = new Map<string, number>();
  private writer?: { shard: string; handle: number; slots: number };

  /**
   * Opens a folder, which is created if missing.
   * @throws UserError where it cannot be made or its index cannot be read
   */
  constructor(
    private readonly dir: string,
    readonly regions: number,
    readonly channels: number,
  ) {
    makeFolder(dir);
    this.readIndex();
  }

  /** Number of images in the store. */
  get size(): number {
    return this.entries.size;
  }

  /** Whether the features of this image are stored. */
  has(id: string): boolean {
    return this.entries.has(id);
  }

  /** Leaves an image out until its features are added again or the folder is opened again. */
  forget(id: string): void {
    this.entries.delete(id);
  }

  /** The file's fingerprint when its features were stored. */
  fingerprint(id: string): Fingerprint | undefined {
    return this.entries.get(id);
  }

  /**
   * Features of images, in the order of the ids.
   * @returns [ids, regions, channels]; the caller disposes it
   * @throws Error for an id that is not in the store
   */
  async read(ids: readonly string[]): Promise<tf.Tensor3D> {
    const values = this.regions * this.channels;
    const halves = new Uint16Array(ids.length * values);
    await Promise.all(ids.map((id, i) => this.readRecord(id, halves.subarray(i * values, (i + 1) * values))));
    return kernels().fromFloat16(halves, [ids.length, this.regions, this.channels]) as tf.Tensor3D;
  }

  /** Adds features, and returns when they would survive a power cut. A known id is replaced. */
  append(records: readonly FeatureRecord[]): void {
    try {
      this.write(records);
    } catch (error) {
      if (systemReason(error) === undefined) throw error;
      throw new UserError(
        `Features cannot be written into ${this.dir} (${messageOf(error)}): make room and the folder writable, and run again ` +
          'to continue.',
      );
    }
  }

  private write(records: readonly FeatureRecord[]): void {
    const lines: string[] = [];
    for (const { id, fingerprint, features } of records) {
      if (!areFinite(features))
        throw new UserError(`The features of ${id} are not finite: check the weights of the encoder.`);

      const writer = this.openWriter();
      writeWhole(writer.handle, features, writer.slots * this.recordBytes);
      const entry: Entry = { id, shard: writer.shard, slot: writer.slots, ...fingerprint };
      writer.slots++;
      lines.push(JSON.stringify(entry));
      this.entries.set(id, entry);
    }
    if (this.writer) fs.fdatasyncSync(this.writer.handle); // a shard that got full was synced when it was closed
    // The line break comes first, so that a line cut off by a kill spoils no other.
    fs.appendFileSync(path.join(this.dir, INDEX), `\n${lines.join('\n')}\n`, { flush: true });
  }

  /** Closes the files. The store cannot be used afterwards. */
  close(): void {
    for (const handle of this.readers.values()) fs.closeSync(handle);

    this.readers.clear();
    if (this.writer) {
      fs.closeSync(this.writer.handle);
      this.writer = undefined;
    }
  }

  private get recordBytes(): number {
    return this.regions * this.channels * Uint16Array.BYTES_PER_ELEMENT;
  }

  private readIndex(): void {
    const file = path.join(this.dir, INDEX);
    if (!fs.existsSync(file)) return;

    const slots = new Map<string, number>();
    for (const line of this.readText(file).split('\n')) {
      const entry = parseEntry(line);
      if (!entry) continue;

      if (!slots.has(entry.shard)) slots.set(entry.shard, this.slotsOf(entry.shard));

      if (entry.slot < (slots.get(entry.shard) ?? 0)) this.entries.set(entry.id, entry);
    }
  }

  private readText(file: string): string {
    try {
      return fs.readFileSync(file, 'utf8');
    } catch (error) {
      throw new UserError(
        `${file} cannot be read (${messageOf(error)}): make it readable, or delete ${this.dir}.`,
      );
    }
  }

  /** Whole records that a shard holds. */
  private slotsOf(shard: string): number {
    const file = path.join(this.dir, shard);
    return fs.existsSync(file) ? Math.floor(fs.statSync(file).size / this.recordBytes) : 0;
  }

  private readRecord(id: string, target: Uint16Array): Promise<void> {
    const entry = this.entries.get(id);
    if (!entry) throw new Error(`There are no features of ${id}.`);

    let handle = this.readers.get(entry.shard);
    if (handle === undefined) {
      handle = fs.openSync(path.join(this.dir, entry.shard), 'r');
      this.readers.set(entry.shard, handle);
    }
    const position = entry.slot * this.recordBytes;
    return new Promise((resolve, reject) => {
      fs.read(handle, target, 0, this.recordBytes, position, (error, bytes) => {
        if (error) reject(error);
        else if (bytes !== this.recordBytes)
          reject(new UserError(`${path.join(this.dir, entry.shard)} was cut off: delete ${this.dir}.`));
        else resolve();
      });
    });
  }

  /** The shard that is being written; a new one where there is none or it is full. */
  private openWriter(): { shard: string; handle: number; slots: number } {
    if (this.writer && (this.writer.slots + 1) * this.recordBytes > SHARD_BYTES) {
      fs.fdatasyncSync(this.writer.handle);
      fs.closeSync(this.writer.handle);
      this.writer = undefined;
    }
    this.writer ??= this.createShard();
    return this.writer;
  }

  private createShard(): { shard: string; handle: number; slots: number } {
    for (let number = 0; ; number++) {
      const shard = `features-${String(number).padStart(5, '0')}.f16`;
      try {
        // 'wx' fails where the file exists, also when another process makes it at this moment.
        return { shard, handle: fs.openSync(path.join(this.dir, shard), 'wx'), slots: 0 };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
  }
}

/** Writes all of it: a disk that is nearly full takes a part first, and says that it is full only when asked again. */
function writeWhole(handle: number, halves: Uint16Array, position: number): void {
  for (let done = 0; done < halves.byteLength;)
    done += fs.writeSync(handle, halves, done, halves.byteLength - done, position + done);
}

/** Whether all float16 values are numbers: neither infinite nor NaN, whose exponents have all bits set. */
function areFinite(halves: Uint16Array): boolean {
  for (const half of halves) if ((half & 0x7c00) === 0x7c00) return false;

  return true;
}

/** A line of the index, or nothing where it is empty or was cut off. */
function parseEntry(line: string): Entry | undefined {
  try {
    return line === '' ? undefined : (JSON.parse(line) as Entry);
  } catch {
    return undefined;
  }
}
