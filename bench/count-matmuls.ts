import * as tf from '@tensorflow/tfjs-core';
import type { TensorMetadata } from '@tensorflow/tfjs-node-gpu/dist/tfjs_binding';
import { nativeBackend, type Attribute } from '../lib/native/execute';
import { runEagerly, type TensorFunction } from '../lib/ops/compiled';
import { flatten, type NestedTensors } from '../lib/ops/nested-tensors';

/**
 * How many floating-point operations a function spends in matrix products. It is run once, operation by operation.
 */
export function countMatmuls<Inputs extends NestedTensors, Outputs extends NestedTensors>(
  fn: TensorFunction<Inputs, Outputs>,
  inputs: Inputs,
): number {
  const backend = nativeBackend();
  const { binding } = backend;
  const shapeOf = (id: number): number[] => {
    const [copy] = binding.executeOp('Identity', [], [id], 1); // tells the shape
    binding.deleteTensor(copy.id);
    return copy.shape;
  };
  let operations = 0;
  const executeOp = (op: string, attributes: Attribute[], ids: number[], outputs: number) => {
    const results = binding.executeOp(op, attributes, ids, outputs);
    operations += operationsOf(op, attributes, (input) => shapeOf(ids[input]), results);
    return results;
  };
  // The binding's own properties are read-only, so they are shadowed.
  backend.binding = Object.create(binding, {
    executeOp: { value: executeOp, enumerable: true },
  }) as typeof binding;
  try {
    tf.dispose(flatten(runEagerly(fn, inputs)));
  } finally {
    backend.binding = binding;
  }
  return operations;
}

function operationsOf(
  op: string,
  attributes: Attribute[],
  shape: (input: number) => number[],
  [result]: TensorMetadata[],
): number {
  if (op !== 'MatMul' && op !== 'BatchMatMulV2') return 0;
  const transposed = attributes.some(
    ({ name, value }) => /^(transpose_a|adj_x)$/.test(name) && value === true,
  );
  const inner = shape(0).at(transposed ? -2 : -1)!;
  return 2 * inner * tf.util.sizeFromShape(result.shape);
}
