import * as tf from '@tensorflow/tfjs-core';
import { mapTensors, type NestedTensors } from './nested-tensors';

/** A pure function of tensors: a tensor, a record or a list of them (see `NestedTensors`) gives such another. */
export type TensorFunction<Inputs extends NestedTensors, Outputs extends NestedTensors> = (
  inputs: Inputs,
) => Outputs;

/** A pure function of a state and of inputs; the next state has the same names and shapes. */
export type StatefulFunction<
  State extends NestedTensors,
  Inputs extends NestedTensors,
  Outputs extends NestedTensors,
> = (state: State, inputs: Inputs) => { outputs: Outputs; state: State };

/** A function of tensors that may run as one graph. */
export interface Compiled<Inputs extends NestedTensors, Outputs extends NestedTensors> {
  /** The function's results for these inputs; the caller disposes them. */
  (inputs: Inputs): Outputs;
  /** Number of graphs made so far: one for each set of names and shapes. */
  readonly graphs: number;
  /** Frees the graphs. */
  dispose(): void;
}

/** The results of a function run operation by operation; the caller disposes them, and no other tensor remains. */
export function runEagerly<Inputs extends NestedTensors, Outputs extends NestedTensors>(
  fn: TensorFunction<Inputs, Outputs>,
  inputs: Inputs,
): Outputs {
  // Clones, because a function may return a tensor that it did not make and that must live on.
  return tf.tidy(() => mapTensors(fn(inputs), (output) => tf.clone(output)) as tf.TensorContainer) as Outputs;
}
