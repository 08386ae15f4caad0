import * as tf from '@tensorflow/tfjs-core';
import { runEagerly, type TensorFunction } from '../../ops/compiled';
import { execute, nativeBackend } from '../execute';
import { withBfloat16, type Precision } from './bfloat16';
import { withPlainMatmuls } from './plain-matmuls';
import { record, type Recording } from './recorder';

/** The graph of a function, recorded while it runs once with these inputs, with its products as they are fastest. */
export function trace(fn: TensorFunction, inputs: tf.Tensor[], precision: Precision): Recording {
  const backend = nativeBackend();
  // Copies, because two inputs may be the same native tensor and would be one placeholder then.
  const copies = inputs.map((input) => execute('Identity', [], [input], 1)[0]);
  const ids = backend.getInputTensorIds(copies);
  let outputs: tf.Tensor[] = [];
  try {
    const described = inputs.map((x, i) => ({
      id: ids[i],
      dtype: backend.getDTypeInteger(x.dtype),
      shape: x.shape,
    }));
    const recording = record(backend, described, () => {
      outputs = runEagerly(fn, copies);
      return backend.getInputTensorIds(outputs);
    });
    return withBfloat16(withPlainMatmuls(recording), precision);
  } finally {
    tf.dispose([...copies, ...outputs]);
  }
}

/** Tells apart the sets of shapes and types that a function is recorded for. */
export function signatureOf(inputs: tf.Tensor[]): string {
  return inputs.map((x) => `${x.dtype}[${x.shape.join()}]`).join();
}
