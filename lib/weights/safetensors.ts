import fs from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { decodeHalves, encodeHalves } from '../features/half';
import { messageOf, UserError } from '../errors';

/** What a tensor file holds beside the tensors: words by name. */
export type Metadata = Record<string, string>;

export interface TensorFile {
  tensors: Record<string, tf.Tensor>;
  metadata: Metadata;
}

interface Entry {
  dtype: 'F32' | 'F16';
  shape: number[];
  data_offsets: [number, number];
}

/**
 * Writes float32 tensors in the safetensors format (a JSON header, then the values; Hugging Face), which any
 * language reads. The file appears under its name only when it is whole.
 * @param precision 'half' rounds the values to float16
 */
export function writeTensors(
  file: string,
  tensors: Record<string, tf.Tensor>,
  { metadata = {}, precision = 'float' }: { metadata?: Metadata; precision?: 'float' | 'half' } = {},
): void {
  const size = precision === 'half' ? 2 : 4;
  const entries: Record<string, Entry | Metadata> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, tensor] of Object.entries(tensors)) {
    const end = offset + tensor.size * size;
    entries[name] = { dtype: size === 2 ? 'F16' : 'F32', shape: tensor.shape, data_offsets: [offset, end] };
    offset = end;
  }
  const text = JSON.stringify(entries);
  const header = Buffer.from(text + ' '.repeat((8 - (Buffer.byteLength(text) % 8)) % 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));

  const beside = `${file}.${process.pid}.partial`;
  const handle = fs.openSync(beside, 'w');
  try {
    for (const part of [length, header]) fs.writeSync(handle, part);
    for (const tensor of Object.values(tensors)) writeAll(handle, valuesOf(tensor, precision));
    fs.fsyncSync(handle);
    fs.closeSync(handle);
    fs.renameSync(beside, file);
  } catch (error) {
    fs.rmSync(beside, { force: true });
    throw new UserError(`${file} cannot be written (${messageOf(error)}): free some space and run again.`);
  }
}

function valuesOf(tensor: tf.Tensor, precision: 'float' | 'half'): Uint8Array {
  const values = tensor.dataSync() as Float32Array;
  if (precision === 'float') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const halves = new Uint16Array(values.length);
  encodeHalves(values, halves);
  return new Uint8Array(halves.buffer);
}

function writeAll(handle: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += fs.writeSync(handle, bytes, at);
}

/**
 * Reads what `writeTensors` wrote, as float32.
 * @throws UserError where the file is missing, cut off or something else
 */
export function readTensors(file: string): TensorFile {
  const bytes = readFile(file);
  const entries = parseHeader(file, bytes);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const tensors: Record<string, tf.Tensor> = {};
  let metadata: Metadata = {};
  for (const [name, entry] of Object.entries(entries)) {
    if (name === '__metadata__') {
      metadata = entry as Metadata;
      continue;
    }
    const { dtype, shape, data_offsets } = entry as Entry;
    const [from, to] = data_offsets.map((offset) => start + offset);
    if (to > bytes.length) throw damaged(file);
    tensors[name] = tf.tensor(floats(bytes.subarray(from, to), dtype), shape);
  }
  return { tensors, metadata };
}

function readFile(file: string): Buffer {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    throw new UserError(`${file} cannot be read (${messageOf(error)}): train the model again or copy it whole.`);
  }
}

function parseHeader(file: string, bytes: Buffer): Record<string, Entry | Metadata> {
  try {
    const length = Number(bytes.readBigUInt64LE(0));
    return JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<string, Entry | Metadata>;
  } catch {
    throw damaged(file);
  }
}

function damaged(file: string): UserError {
  return new UserError(`${file} is not a whole safetensors file: copy or train the model again.`);
}

function floats(bytes: Uint8Array, dtype: Entry['dtype']): Float32Array {
  const own = new Uint8Array(bytes); // a copy, aligned for the typed arrays
  if (dtype === 'F32') return new Float32Array(own.buffer);
  const values = new Float32Array(own.length / 2);
  decodeHalves(new Uint16Array(own.buffer), values);
  return values;
}
