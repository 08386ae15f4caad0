import * as tf from '@tensorflow/tfjs-core';
import type { TensorMetadata, TFEOpAttr, TFJSBinding } from '@tensorflow/tfjs-node-gpu/dist/tfjs_binding';

export type Attribute = TFEOpAttr;

/** What this project uses of tfjs-node's backend; its own types hide half of it. */
export interface NativeBackend {
  binding: TFJSBinding;
  /** The native handles of tensors, uploaded first where their values are still in JavaScript. */
  getInputTensorIds(tensors: tf.Tensor[]): number[];
  createOutputTensor(metadata: TensorMetadata): tf.Tensor;
  getDTypeInteger(dtype: tf.DataType): number;
}

/** The TensorFlow backend behind tfjs-core. */
export function nativeBackend(): NativeBackend {
  return tf.backend() as unknown as NativeBackend;
}

/** Tensors that TensorFlow really holds; `tf.memory()` is not reliable on this backend. */
export function nativeTensorCount(): number {
  return nativeBackend().binding.getNumOfTensors();
}

/** An attribute of a TensorFlow operation whose value is a type: the one of a tensor with this dtype. */
export function typeAttribute(name: string, dtype: 'float32' | 'int32' | 'uint8'): Attribute {
  const { binding } = nativeBackend();
  const numbers = {
    float32: binding.TF_FLOAT,
    int32: binding.TF_INT32,
    uint8: binding.TF_UINT8,
  };
  return { name, type: binding.TF_ATTR_TYPE, value: numbers[dtype] };
}

/** A 64-bit whole number as an input of a TensorFlow operation. */
export class Int64 {
  constructor(readonly value: number) {}
}

/**
 * Runs one TensorFlow operation.
 * @returns its first `outputs` results
 * @throws what TensorFlow says of an unknown operation, attribute or shape
 */
export function execute(
  name: string,
  attributes: Attribute[],
  inputs: (tf.Tensor | Int64)[],
  outputs: number,
): tf.Tensor[] {
  const backend = nativeBackend();
  const temporary: number[] = [];
  const ids = inputs.map((input) => {
    if (!(input instanceof Int64)) return backend.getInputTensorIds([input])[0];
    const words = new Int32Array([input.value, Math.floor(input.value / 2 ** 32)]);
    const id = backend.binding.createTensor([], backend.binding.TF_INT64, words);
    temporary.push(id);
    return id;
  });
  const results = backend.binding.executeOp(name, attributes, ids, outputs);
  for (const id of temporary) backend.binding.deleteTensor(id);
  return results.map((metadata) => backend.createOutputTensor(metadata));
}
