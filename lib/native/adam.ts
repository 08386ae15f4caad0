import * as tf from '@tensorflow/tfjs-core';
import type { AdamSettings, AdamState } from '../ops/kernels';
import { execute, nativeBackend, typeAttribute, type Attribute } from './execute';

let variables = 0;

/**
 * A step of Adam in TensorFlow's one operation for it, which goes over the weights once where plain operations go over
 * them ten times. It changes variables, so the tensors become variables for as long as it runs.
 */
export function adam(
  before: AdamState,
  gradient: tf.Tensor,
  rate: tf.Scalar,
  { beta1, beta2, epsilon }: AdamSettings,
): AdamState {
  const type = typeAttribute('T', 'float32');
  const tensors = [before.weight, before.momentum, before.variance];
  const handles = tensors.map(variable);
  const numbers = [0, 0, rate, beta1, beta2, epsilon]; // no powers of the betas: the bias correction is in the rate
  const scalars = numbers.map((x) => (typeof x === 'number' ? tf.scalar(x) : x));
  execute('ResourceApplyAdam', [type], [...handles, ...scalars, gradient], 0);
  const [weight, momentum, variance] = handles.map(
    (handle) => execute('ReadVariableOp', [typeAttribute('dtype', 'float32')], [handle], 1)[0],
  );
  for (const handle of handles) execute('DestroyResourceOp', [], [handle], 0);
  return { weight, momentum, variance };
}

/** A variable that holds a tensor. */
function variable(x: tf.Tensor): tf.Tensor {
  const { binding } = nativeBackend();
  const dtype = typeAttribute('dtype', 'float32');
  const text = (name: string, value: string): Attribute => ({ name, type: binding.TF_ATTR_STRING, value });
  const shape: Attribute = { name: 'shape', type: binding.TF_ATTR_SHAPE, value: x.shape };
  const name = text('shared_name', `adam-${variables++}`);
  const [handle] = execute('VarHandleOp', [text('container', ''), name, dtype, shape], [], 1);
  execute('AssignVariableOp', [dtype], [handle, x], 0);
  return handle;
}
