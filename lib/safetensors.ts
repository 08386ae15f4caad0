import fs from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { messageOf, UserError } from './errors';
import { kernels } from './ops/kernels';

/** What a tensor file holds beside the tensors: words by name. */
export type Metadata = Record<string, string>;

export interface TensorFile {
  tensors: Record<string, tf.Tensor>;
  metadata: Metadata;
}

const entry = z.object({
  dtype: z.enum(['F32', 'F16']),
  shape: z.array(z.int().min(0)),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]), // bytes after the header
});

const header = z.object({ __metadata__: z.record(z.string(), z.string()).optional() }).catchall(entry);

// Written out, because tslab's compiler is not strict and infers `unknown` from zod's tuple.
interface Entry {
  dtype: 'F32' | 'F16';
  shape: number[];
  data_offsets: [from: number, to: number];
}
type Header = { __metadata__?: Metadata } & Record<string, Entry | Metadata | undefined>;

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
  const entries: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, tensor] of Object.entries(tensors)) {
    const end = offset + tensor.size * size;
    entries[name] = { dtype: size === 2 ? 'F16' : 'F32', shape: tensor.shape, data_offsets: [offset, end] };
    offset = end;
  }
  const text = JSON.stringify(entries);
  const padded = Buffer.from(text + ' '.repeat((8 - (Buffer.byteLength(text) % 8)) % 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));

  const beside = `${file}.partial`;
  try {
    writeParts(beside, [length, padded], Object.values(tensors), precision);
    fs.renameSync(beside, file);
  } catch (error) {
    fs.rmSync(beside, { force: true });
    throw new UserError(`${file} cannot be written (${messageOf(error)}): free some space and run again.`);
  }
}

function writeParts(file: string, start: Buffer[], tensors: tf.Tensor[], precision: 'float' | 'half'): void {
  const handle = fs.openSync(file, 'w');
  try {
    for (const part of start) writeAll(handle, part);
    for (const tensor of tensors) writeAll(handle, valuesOf(tensor, precision));
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

function valuesOf(tensor: tf.Tensor, precision: 'float' | 'half'): Uint8Array {
  const { buffer, byteOffset, byteLength } =
    precision === 'half' ? kernels().toFloat16(tensor) : tensor.dataSync<'float32'>();
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function writeAll(handle: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += fs.writeSync(handle, bytes, at);
}

/**
 * Reads what `writeTensors` wrote, as float32.
 * @throws UserError where the file is missing, cut off or something else
 */
export function readTensors(file: string): TensorFile {
  const bytes = readFile(file);
  const { __metadata__: metadata = {}, ...rest } = parseHeader(file, bytes);
  const entries = rest as Record<string, Entry>;
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  if (!Object.values(entries).every((one) => fits(one, bytes.length - start))) throw damaged(file);
  const tensors: Record<string, tf.Tensor> = {};
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(entries)) {
    const [from, to] = data_offsets.map((offset) => start + offset);
    tensors[name] = toTensor(bytes.subarray(from, to), dtype, shape);
  }
  return { tensors, metadata };
}

/** Whether a tensor's bytes are there, as many as its shape asks for. */
function fits({ dtype, shape, data_offsets: [from, to] }: Entry, size: number): boolean {
  return to <= size && to - from === tf.util.sizeFromShape(shape) * (dtype === 'F16' ? 2 : 4);
}

function readFile(file: string): Buffer {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    throw new UserError(
      `${file} cannot be read (${messageOf(error)}): train the model again or copy it whole.`,
    );
  }
}

function parseHeader(file: string, bytes: Buffer): Header {
  try {
    const length = Number(bytes.readBigUInt64LE(0));
    return header.parse(JSON.parse(bytes.toString('utf8', 8, 8 + length))) as unknown as Header;
  } catch {
    throw damaged(file);
  }
}

function damaged(file: string): UserError {
  return new UserError(`${file} is not a whole safetensors file: copy or train the model again.`);
}

function toTensor(bytes: Uint8Array, dtype: Entry['dtype'], shape: number[]): tf.Tensor {
  const { buffer } = new Uint8Array(bytes); // a copy, aligned for the typed arrays
  if (dtype === 'F32') return tf.tensor(new Float32Array(buffer), shape);
  return kernels().fromFloat16(new Uint16Array(buffer), shape);
}
