import * as tf from '@tensorflow/tfjs-core';
import type { TensorMetadata } from '@tensorflow/tfjs-node-gpu/dist/tfjs_binding';
import { nativeBackend } from './execute';

/*
 * Numbers of 8 and 16 bits travel between JavaScript and TensorFlow as whole numbers of 32 bits, several in each, since
 * tfjs has no tensors of theirs. TensorFlow widens and narrows them.
 */

/** TensorFlow's numbers of types, half of which tfjs-node does not know. */
const types = { float32: 1, int32: 3, uint8: 4, half: 19 };
type TypeName = keyof typeof types;

/** Halves (IEEE 754 binary16) as float32. */
export function fromFloat16(halves: Uint16Array, shape: number[]): tf.Tensor {
  return unpack(halves, 'half', shape);
}

/** Bytes as float32. */
export function fromBytes(bytes: Uint8Array, shape: number[]): tf.Tensor {
  return unpack(bytes, 'uint8', shape);
}

/** A tensor's numbers rounded to halves. */
export function toFloat16(x: tf.Tensor): Uint16Array {
  const pairs = tf.tidy(() => {
    const flat = tf.reshape<tf.Rank.R1>(x, [-1]);
    const even = x.size % 2 === 0 ? flat : tf.pad1d(flat, [0, 1]);
    return castChain(tf.reshape(even, [-1, 2]), ['Cast', 'float32', 'half'], ['Bitcast', 'half', 'int32']);
  });
  const values = pairs.dataSync<'int32'>();
  pairs.dispose();
  return new Uint16Array(values.buffer, values.byteOffset, x.size);
}

function unpack(values: Uint16Array | Uint8Array, type: TypeName, shape: number[]): tf.Tensor {
  const packed = new Int32Array(Math.ceil(values.byteLength / 4));
  new Uint8Array(packed.buffer).set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return tf.tidy(() => {
    const all = castChain(
      tf.tensor1d(packed, 'int32'),
      ['Bitcast', 'int32', type],
      ['Cast', type, 'float32'],
    );
    const own = all.size === values.length ? all : tf.slice(tf.reshape(all, [-1]), 0, values.length);
    return tf.reshape(own, shape);
  });
}

/** Two operations in a row, with something between them that cannot be a tensor of tfjs. */
function castChain(x: tf.Tensor, ...operations: ['Cast' | 'Bitcast', TypeName, TypeName][]): tf.Tensor {
  const backend = nativeBackend();
  const { binding } = backend;
  let [id] = backend.getInputTensorIds([x]);
  let result: TensorMetadata | undefined;
  for (const [operation, from, to] of operations) {
    const names = operation === 'Cast' ? ['SrcT', 'DstT'] : ['T', 'type'];
    const attributes = names.map((name, i) => ({
      name,
      type: binding.TF_ATTR_TYPE,
      value: types[[from, to][i]],
    }));
    const between = result;
    [result] = binding.executeOp(operation, attributes, [id], 1);
    if (between) binding.deleteTensor(between.id);
    id = result.id;
  }
  return backend.createOutputTensor(result!);
}
