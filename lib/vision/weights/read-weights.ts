import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { messageOf, UserError } from '../../errors';
import { readArrays } from '../../safetensors';
import type { WeightArrays } from '../encoders/weight-arrays';
import { HDF5_SIGNATURE, readKerasWeights } from './hdf5';

/** A weights file as it was read. */
export interface WeightsFile {
  /** its path, for error messages */
  source: string;
  format: 'HDF5' | 'safetensors';
  arrays: WeightArrays;
}

/**
 * The arrays of a weights file. Its first bytes decide how it is read, not its name: HDF5 in the layout of Keras, or
 * safetensors.
 * @throws UserError when the file is missing, damaged, or of another format
 */
export async function readWeightArrays(file: string): Promise<WeightsFile> {
  const start = firstBytes(file);
  if (start.subarray(0, HDF5_SIGNATURE.length).equals(HDF5_SIGNATURE))
    return { source: file, format: 'HDF5', arrays: await readKerasWeights(file) };

  // The length of a JSON header in 8 bytes, then the header.
  if (start[8] === '{'.charCodeAt(0))
    return { source: file, format: 'safetensors', arrays: readArrays(file) };

  throw new UserError(
    `${file} is neither an HDF5 nor a safetensors file: give a weights file of one of these formats.`,
  );
}

/**
 * Identifies weights, whatever file they are in: SHA-256, in hexadecimal, over the arrays sorted by name. Of each it
 * takes `["name",[shape]]` in JSON, a line feed, and the values as little-endian float32.
 */
export function hashArrays(arrays: WeightArrays): string {
  const hash = createHash('sha256');
  for (const name of [...arrays.keys()].sort()) {
    const { shape, values } = arrays.get(name)!;
    hash.update(`${JSON.stringify([name, shape])}\n`);
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest('hex');
}

/** As many as both formats need to be told apart, or fewer where the file is shorter. */
function firstBytes(file: string): Buffer {
  const bytes = Buffer.alloc(9);
  try {
    const handle = fs.openSync(file, 'r');
    const count = fs.readSync(handle, bytes);
    fs.closeSync(handle);
    return bytes.subarray(0, count);
  } catch (error) {
    throw new UserError(`The weights file ${file} cannot be read (${messageOf(error)}): check the path.`);
  }
}
