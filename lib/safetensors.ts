import fs from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { messageOf, UserError } from './errors';
import { kernels } from './ops/kernels';

/** What a tensor file holds beside the tensors: text by name. */
export type Metadata = Record<string, string>;

export interface TensorFile {
  tensors: Record<string, tf.Tensor>;
  metadata: Metadata;
}

/** Bytes per value of the types that are read as float32. */
const ITEM_SIZES = { F64: 8, F32: 4, F16: 2, BF16: 2 } as const;
export type FloatType = keyof typeof ITEM_SIZES;

const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().min(0)),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]), // bytes after the header
});

const headerSchema = z
  .object({ __metadata__: z.record(z.string(), z.string()).optional() })
  .catchall(entrySchema);

// Written out, because tslab's compiler is not strict and infers `unknown` from zod's tuple.
interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [from: number, to: number];
}

/** A file whose values were not converted yet. */
interface RawFile {
  metadata: Metadata;
  entries: [name: string, entry: Entry][];
  /** of the values of an entry */
  bytesOf: (entry: Entry) => Uint8Array;
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

  const beside = `${file}.${process.pid}.partial`;
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
  const { metadata, entries, bytesOf } = readRaw(file);
  if (!entries.every(([, entry]) => isFloat(entry))) throw damaged(file);
  const tensors = entries.map(([name, entry]) => [name, toTensor(bytesOf(entry), entry)]);
  return { tensors: Object.fromEntries(tensors) as Record<string, tf.Tensor>, metadata };
}

/**
 * The arrays of a file that any program wrote, as float32. Integers (counts of batches, say) are passed over.
 * @throws UserError where the file is missing, cut off or something else
 */
export function readArrays(file: string): Map<string, { shape: number[]; values: Float32Array }> {
  const { entries, bytesOf } = readRaw(file);
  return new Map(
    entries
      .filter(([, entry]) => isFloat(entry))
      .map(([name, entry]) => [
        name,
        { shape: entry.shape, values: toFloat32(bytesOf(entry), entry.dtype as FloatType, entry.shape) },
      ]),
  );
}

function readRaw(file: string): RawFile {
  const bytes = readFile(file);
  const { metadata, entries } = parseHeader(file, bytes);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  if (!entries.every(([, entry]) => fits(entry, bytes.length - start))) throw damaged(file);
  const bytesOf = ({ data_offsets: [from, to] }: Entry) => bytes.subarray(start + from, start + to);
  return { metadata, entries, bytesOf };
}

const isFloat = ({ dtype }: Entry) => dtype in ITEM_SIZES;

/** Whether a tensor's bytes are there, as many as its shape asks for. */
function fits({ dtype, shape, data_offsets: [from, to] }: Entry, size: number): boolean {
  const itemSize = ITEM_SIZES[dtype as FloatType] as number | undefined;
  return to <= size && (itemSize === undefined || to - from === tf.util.sizeFromShape(shape) * itemSize);
}

function readFile(file: string): Buffer {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    throw new UserError(`${file} cannot be read (${messageOf(error)}): copy it again, or make it again.`);
  }
}

function parseHeader(file: string, bytes: Buffer): Pick<RawFile, 'metadata' | 'entries'> {
  try {
    const length = Number(bytes.readBigUInt64LE(0));
    const parsed = headerSchema.parse(JSON.parse(bytes.toString('utf8', 8, 8 + length)));
    const { __metadata__: metadata = {}, ...entries } = parsed;
    return { metadata, entries: Object.entries(entries as unknown as Record<string, Entry>) };
  } catch {
    throw damaged(file);
  }
}

function damaged(file: string): UserError {
  return new UserError(`${file} is not a whole safetensors file: copy it again, or make it again.`);
}

function toTensor(bytes: Uint8Array, entry: Entry): tf.Tensor {
  if (entry.dtype === 'F16') return kernels().fromFloat16(new Uint16Array(aligned(bytes)), entry.shape);
  return tf.tensor(toFloat32(bytes, entry.dtype as FloatType, entry.shape), entry.shape);
}

/** Little-endian numbers of a type as float32. */
export function toFloat32(bytes: Uint8Array, dtype: FloatType, shape: number[]): Float32Array {
  const buffer = aligned(bytes);
  switch (dtype) {
    case 'F64':
      return Float32Array.from(new Float64Array(buffer));
    case 'F32':
      return new Float32Array(buffer);
    case 'F16': {
      const tensor = kernels().fromFloat16(new Uint16Array(buffer), shape);
      const values = tensor.dataSync<'float32'>(); // not in tf.tidy, which looks for tensors in each of its numbers
      tensor.dispose();
      return values;
    }
    case 'BF16': // the upper half of a float32
      return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (half) => half << 16).buffer);
  }
}

/** A copy, aligned for the typed arrays. */
function aligned(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
