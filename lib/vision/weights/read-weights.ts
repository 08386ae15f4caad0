import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { unzipSync } from 'fflate';
import { messageOf, UserError } from '../../errors';
import { isFolder } from '../../files';
import { readArrays } from '../../safetensors';
import type { WeightArrays } from '../encoders/weight-arrays';
import { HDF5_SIGNATURE } from './hdf5';
import { readKerasArchive } from './keras-archive';
import { readKerasWeights } from './keras-hdf5';
import { describeOther } from './other-formats';

/** A weights file as it was read. */
export interface WeightsFile {
  /** its path, for error messages */
  source: string;
  format: 'HDF5' | '.keras' | 'safetensors';
  arrays: WeightArrays;
}

/**
 * The arrays of a weights file. Its first bytes decide how it is read, not its name: HDF5 in a layout of Keras, a .keras
 * archive, or safetensors.
 * @throws UserError when the file is missing, damaged, or of another format: it says what it is and the way out
 */
export async function readWeightArrays(file: string): Promise<WeightsFile> {
  const start = firstBytes(file);
  if (start.subarray(0, HDF5_SIGNATURE.length).equals(HDF5_SIGNATURE))
    return { source: file, format: 'HDF5', arrays: await readKerasWeights(file) };

  if (start.toString('latin1', 0, 4) === 'PK\x03\x04') return readZip(file, start);

  // The length of a JSON header in 8 bytes, then the header.
  if (start[8] === '{'.charCodeAt(0))
    return { source: file, format: 'safetensors', arrays: readArrays(file) };

  throw new UserError(describeOther(file, start));
}

async function readZip(file: string, start: Buffer): Promise<WeightsFile> {
  const bytes = fs.readFileSync(file);
  const names: string[] = [];
  try {
    unzipSync(bytes, { filter: ({ name }) => names.push(name) < 0 }); // lists the files and unpacks none
  } catch {
    throw new UserError(`${file} is a zip file that is damaged or cut off: fetch or copy it again.`);
  }
  if (!names.includes('model.weights.h5')) throw new UserError(describeOther(file, start, names));
  return { source: file, format: '.keras', arrays: await readKerasArchive(file, bytes) };
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

/** As many as all formats need to be told apart, or fewer where the file is shorter. */
function firstBytes(file: string): Buffer {
  const bytes = Buffer.alloc(512);
  if (isFolder(file)) throw new UserError(describeFolder(file));
  try {
    const handle = fs.openSync(file, 'r');
    const count = fs.readSync(handle, bytes);
    fs.closeSync(handle);
    return bytes.subarray(0, count);
  } catch (error) {
    throw new UserError(`The weights file ${file} cannot be read (${messageOf(error)}): check the path.`);
  }
}

function describeFolder(folder: string): string {
  const is = fs.readdirSync(folder).includes('saved_model.pb') ? 'a SavedModel' : 'a folder';
  return `${folder} is ${is}: give a weights file (.keras, HDF5 or safetensors); Keras writes one by model.save('name.keras').`;
}
