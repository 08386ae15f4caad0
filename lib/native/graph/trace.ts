import * as tf from '@tensorflow/tfjs-core';
import { runEagerly } from '../../ops/compiled';
import { execute, nativeBackend } from '../execute';
import { withBfloat16, type Precision } from './bfloat16';
import { withPlainMatmuls } from './plain-matmuls';
import { record, type Recording } from './recorder';

/**
 * The graph of a function, recorded while it runs once with these inputs, with its matrix products in their fastest
 * form.
 */
export function trace(
  fn: (inputs: tf.Tensor[]) => tf.Tensor[],
  inputs: tf.Tensor[],
  precision: Precision,
): Recording {
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
