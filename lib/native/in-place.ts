import * as tf from '@tensorflow/tfjs-core';
import type { AdamSettings, AdamState } from '../ops/kernels';
import { execute, nativeBackend, typeAttribute, type Attribute } from './execute';

/*
 * TensorFlow's operations for optimizers go over their numbers once where plain operations go over them several times.
 * They change variables, so tensors become variables for as long as they run; where a graph keeps its state in
 * variables, those take their place (graph/variables.ts).
 */

let variables = 0;

/** A step of Adam in one operation. */
export function adam(
  before: AdamState,
  gradient: tf.Tensor,
  rate: tf.Scalar,
  { beta1, beta2, epsilon }: AdamSettings,
): AdamState {
  const tensors = [before.weight, before.momentum, before.variance];
  const numbers = [0, 0, rate, beta1, beta2, epsilon]; // no powers of the betas: the bias correction is in the rate
  const scalars = numbers.map((x) => (typeof x === 'number' ? tf.scalar(x) : x));
  const [weight, momentum, variance] = withVariables(tensors, (handles) => {
    execute('ResourceApplyAdam', [typeAttribute('T', 'float32')], [...handles, ...scalars, gradient], 0);
  });
  return { weight, momentum, variance };
}

/** A moving average as a step of gradient descent towards the value. */
export function movingAverage(average: tf.Tensor, value: tf.Tensor, share: tf.Scalar): tf.Tensor {
  const [moved] = withVariables([average], ([handle]) => {
    const inputs = [handle, share, tf.sub(average, value)];
    execute('ResourceApplyGradientDescent', [typeAttribute('T', 'float32')], inputs, 0);
  });
  return moved;
}

/** What tensors are after something has changed variables that hold them. */
function withVariables(tensors: tf.Tensor[], change: (handles: tf.Tensor[]) => void): tf.Tensor[] {
  const handles = tensors.map(createVariable);
  change(handles);
  const dtype = typeAttribute('dtype', 'float32');
  const values = handles.map((handle) => execute('ReadVariableOp', [dtype], [handle], 1)[0]);
  for (const handle of handles) execute('DestroyResourceOp', [], [handle], 0);
  return values;
}

/** A variable that holds a tensor. */
function createVariable(x: tf.Tensor): tf.Tensor {
  const { binding } = nativeBackend();
  const dtype = typeAttribute('dtype', 'float32');
  const text = (name: string, value: string): Attribute => ({ name, type: binding.TF_ATTR_STRING, value });
  const shape: Attribute = { name: 'shape', type: binding.TF_ATTR_SHAPE, value: x.shape };
  const name = text('shared_name', `in-place-${variables++}`);
  const [handle] = execute('VarHandleOp', [text('container', ''), name, dtype, shape], [], 1);
  execute('AssignVariableOp', [dtype], [handle, x], 0);
  return handle;
}
