import fs from 'node:fs';
import { fromStrides, type WeightArray, type WeightArrays } from '../encoders/weight-arrays';
import { messageOf, UserError } from '../../errors';
import { PickleGlobal, readPickle, type PickleValue } from './pickle';

/*
 * PyTorch's file format before version 1.6 (torch/serialization.py, _legacy_save): five pickles
 * (magic number, protocol version, system, the object, the keys of its storages), then each
 * storage as its number of elements (int64) and its bytes.
 */

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;

/** The memory of one or several tensors. Its values come last in the file. */
interface Storage {
  kind: keyof typeof ELEMENT_BYTES;
  values?: Float32Array;
}

/** A tensor as the pickle describes it, before the storages were read. */
interface View {
  storage: Storage;
  offset: number;
  shape: number[];
  strides: number[];
}

const ELEMENT_BYTES = {
  'torch FloatStorage': 4,
  'torch DoubleStorage': 8,
  'torch HalfStorage': 2,
  'torch LongStorage': 8,
  'torch IntStorage': 4,
} as const;

/**
 * The float32 tensors of a checkpoint (a state_dict) in PyTorch's old format. Other types
 * (`num_batches_tracked`) are passed over. Nothing in the file is run.
 * @returns arrays by name, e.g. '_blocks.0._bn1.weight', in row-major order
 * @throws UserError when the file is not there, damaged, in the newer zip format, or holds
 *   anything but tensors
 */
export function readCheckpoint(file: string): WeightArrays {
  let buffer: Buffer;
  try {
    buffer = fs.readFileSync(file);
  } catch (error) {
    throw new UserError(`The weights file ${file} cannot be read (${messageOf(error)}): check the path.`);
  }
  if (buffer.toString('latin1', 0, 2) === 'PK') {
    throw new UserError(
      `${file} is in PyTorch's zip format, which is not read here: save it with torch.save(..., _use_new_zipfile_serialization=False).`,
    );
  }
  try {
    return parseCheckpoint(buffer);
  } catch (error) {
    throw new UserError(
      `${file} is not a PyTorch checkpoint that can be read (${messageOf(error)}): install requirements.txt again or give another file.`,
    );
  }
}

function parseCheckpoint(buffer: Buffer): WeightArrays {
  const storages = new Map<string, Storage>();
  const hooks = {
    reduce,
    persistentLoad: (id: PickleValue) => findStorage(storages, id),
  };
  let at = 0;
  const next = (): PickleValue => {
    const { value, end } = readPickle(buffer, at, hooks);
    at = end;
    return value;
  };
  if (next() !== MAGIC || next() !== PROTOCOL)
    throw new Error("it does not begin with PyTorch's magic number");

  const system = next();
  if (!(system instanceof Map) || system.get('little_endian') !== true)
    throw new Error('it was not written on a little-endian machine');

  const state = next();
  const keys = next();
  if (!(state instanceof Map) || !Array.isArray(keys)) throw new Error('it is not a dictionary of tensors');

  for (const key of keys)
    at = readStorage(buffer, at, typeof key === 'string' ? storages.get(key) : undefined);

  return collect(state);
}

function collect(state: Map<PickleValue, PickleValue>): WeightArrays {
  const arrays = new Map<string, WeightArray>();
  for (const [name, value] of state) {
    const view = value as View;
    if (typeof name !== 'string' || !view?.storage)
      throw new Error('it holds something that is not a tensor');

    const { values } = view.storage;
    if (view.storage.kind !== 'torch FloatStorage') continue;

    const last = view.shape.reduce((sum, size, axis) => sum + (size - 1) * view.strides[axis], view.offset);
    if (!values || last >= values.length) throw new Error(`"${name}" reaches past its storage`);

    arrays.set(name, fromStrides(values, view.shape, view.strides, view.offset));
  }
  return arrays;
}

/** The only two calls in a checkpoint: an ordered dictionary, and a tensor from its storage. */
function reduce(callee: PickleGlobal, args: PickleValue[]): PickleValue {
  switch (callee.name) {
    case 'collections OrderedDict':
      return new Map();
    case 'torch._utils _rebuild_tensor_v2': {
      const [storage, offset, shape, strides] = args;
      return { storage, offset, shape, strides };
    }
    default:
      throw new Error(`it wants to call "${callee.name}"`);
  }
}

/** A storage by its persistent id: ('storage', type, key, device, elements, view of another). */
function findStorage(storages: Map<string, Storage>, id: PickleValue): PickleValue {
  const [word, type, key] = Array.isArray(id) ? (id as PickleValue[]) : [];
  if (
    word !== 'storage' ||
    typeof key !== 'string' ||
    !(type instanceof PickleGlobal) ||
    !(type.name in ELEMENT_BYTES)
  )
    throw new Error('it refers to something that is not a tensor');

  const storage = storages.get(key) ?? { kind: type.name as Storage['kind'] };
  storages.set(key, storage);
  return storage;
}

/** Reads a storage's values and returns where the next one begins. */
function readStorage(buffer: Buffer, at: number, storage: Storage | undefined): number {
  if (!storage) throw new Error('it holds a storage that nothing refers to');

  const elements = Number(buffer.readBigInt64LE(at));
  const start = at + 8;
  const end = start + elements * ELEMENT_BYTES[storage.kind];
  if (elements < 0 || end > buffer.length) throw new Error('the file ends too early');

  if (storage.kind === 'torch FloatStorage') {
    // A copy, because float32 values must begin at a multiple of four bytes.
    storage.values = new Float32Array(new Uint8Array(buffer.subarray(start, end)).buffer);
  }
  return end;
}
