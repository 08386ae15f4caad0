import * as tf from '@tensorflow/tfjs-core';
import { nativeBackend } from './execute';

const HALF = 19; // TensorFlow's number of the type, which tfjs-node does not know

/**
 * Halves as float32, widened by TensorFlow. They travel as whole numbers of 32 bits, two in each, since tfjs has no tensors
 * of halves.
 */
export function fromHalves(halves: Uint16Array, shape: number[]): tf.Tensor {
  const pairs = new Int32Array(Math.ceil(halves.length / 2));
  new Uint16Array(pairs.buffer).set(halves);
  return tf.tidy(() => {
    const floats = widened(tf.tensor1d(pairs, 'int32')); // [pairs, 2]
    return tf.reshape(
      halves.length % 2 === 0 ? floats : tf.slice(tf.reshape(floats, [-1]), 0, halves.length),
      shape,
    );
  });
}

function widened(pairs: tf.Tensor1D): tf.Tensor {
  const backend = nativeBackend();
  const { binding } = backend;
  const type = (name: string, value: number) => ({ name, type: binding.TF_ATTR_TYPE, value });
  const [bits] = binding.executeOp(
    'Bitcast',
    [type('T', binding.TF_INT32), type('type', HALF)],
    backend.getInputTensorIds([pairs]),
    1,
  );
  const [floats] = binding.executeOp(
    'Cast',
    [type('SrcT', HALF), type('DstT', binding.TF_FLOAT)],
    [bits.id],
    1,
  );
  binding.deleteTensor(bits.id);
  return backend.createOutputTensor(floats);
}
