import fs from 'node:fs';
import path from 'node:path';
import type * as H5 from 'h5wasm';
import { messageOf, UserError } from '../../errors';
import { toFloat32, type FloatType } from '../../safetensors';
import type { WeightArray } from '../encoders/weight-arrays';

/** The first bytes of every HDF5 file. */
export const HDF5_SIGNATURE = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');

/** Types of HDF5 by its own numbers. Keras writes bfloat16 as two bytes without a type. */
const INTEGER = 0;
const FLOAT = 1;
const OPAQUE = 5;
const floatTypes: Record<number, FloatType> = { 2: 'F16', 4: 'F32', 8: 'F64' };

/**
 * Opens an HDF5 file for as long as `read` runs.
 * @param name what errors call the file (default: its path)
 * @throws UserError where it is damaged, beside those of `read`
 */
export async function withHdf5<T>(file: string, read: (root: H5.File) => T, name = file): Promise<T> {
  const h5wasm = loadH5wasm();
  const library = await h5wasm.ready;
  library.activate_throwing_error_handler(); // instead of printing errors
  let opened: H5.File | undefined;
  try {
    opened = new h5wasm.File(file, 'r');
    return read(opened);
  } catch (error) {
    if (error instanceof UserError) throw error;

    throw new UserError(
      `${name} is damaged or cut off (${lastLine(error)}, ${fs.statSync(file).size} bytes): fetch or copy it again.`,
    );
  } finally {
    opened?.close();
  }
}

/**
 * The numbers of a dataset as float32: of float16, bfloat16, float32, float64 or integers.
 * @throws Error where it holds something else
 */
export function readArray(dataset: H5.Dataset): WeightArray {
  const { type, size, littleEndian } = dataset.metadata;
  const shape = [...(dataset.shape ?? [])];
  if (type === INTEGER) {
    const value = dataset.value as ArrayLike<number | bigint> | number | bigint;
    const numbers = typeof value === 'object' ? Array.from(value) : [value];
    return { shape, values: Float32Array.from(numbers, Number) };
  }
  const float = type === OPAQUE && size === 2 ? 'BF16' : type === FLOAT ? floatTypes[size] : undefined;
  if (float === undefined || (type === FLOAT && !littleEndian))
    throw new Error(`${dataset.path} holds numbers of a type that is not read`);

  return { shape, values: toFloat32(bytesOf(dataset), float, shape) };
}

/** The library itself has no arrays for numbers of 16 bits. */
function bytesOf({ file_id: file, path: name, metadata }: H5.Dataset): Uint8Array {
  const { Module: library } = loadH5wasm();
  const size = metadata.size * metadata.total_size;
  const pointer = library._malloc(size);
  try {
    library.get_dataset_data(file, name, null, null, null, BigInt(pointer));
    return library.HEAPU8.slice(pointer, pointer + size);
  } finally {
    library._free(pointer);
  }
}

/** An attribute that is one text; undefined where there is none. */
export function textAttribute(group: H5.Group, name: string): string | undefined {
  const value = group.attrs[name]?.value;
  return typeof value === 'string' ? value : undefined;
}

/**
 * An attribute that is a list of names. Keras writes an empty list as an array of numbers, and a long one in parts:
 * `name0`, `name1`, …
 */
export function namesAttribute(group: H5.Group, name: string): string[] {
  const value = group.attrs[name]?.value;
  if (Array.isArray(value)) return value.map(String);
  const names: string[] = [];
  for (let part = 0; group.attrs[`${name}${part}`]; part++)
    names.push(...namesAttribute(group, `${name}${part}`));

  return names;
}

/** The HDF5 library lists its whole call stack; the innermost call, which comes last, names the problem. */
function lastLine(error: unknown): string {
  const lines = messageOf(error).trim().split('\n');
  return lines[lines.length - 1].trim().replace(/^minor: /, '');
}

/**
 * The package declares itself for `import` alone, which neither tslab's cells nor compiled CommonJS
 * can do; `require` of its file by path works on every Node version that is supported.
 */
function loadH5wasm(): typeof H5 {
  const inPackage = path.join('h5wasm', 'dist', 'node', 'hdf5_hl.js');
  const file = (require.resolve.paths('h5wasm') ?? [])
    .map((folder) => path.join(folder, inPackage))
    .find((candidate) => fs.existsSync(candidate));
  if (!file)
    throw new UserError('The npm package h5wasm is not installed: run npm start, which sets everything up.');

  // eslint-disable-next-line @typescript-eslint/no-require-imports -- see above
  return require(file) as typeof H5;
}
