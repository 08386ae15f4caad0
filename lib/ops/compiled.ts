import * as tf from '@tensorflow/tfjs-core';

/** A pure function of tensors. */
export type TensorFunction = (...inputs: tf.Tensor[]) => tf.Tensor[];

/** A pure function of a state and of inputs; the next state has the same shapes. */
export type StatefulFunction = (
  state: tf.Tensor[],
  inputs: tf.Tensor[],
) => { outputs: tf.Tensor[]; state: tf.Tensor[] };

/** A function of tensors that may run as one graph. */
export interface Compiled {
  /** The function's results for these inputs; the caller disposes them. */
  (inputs: tf.Tensor[]): tf.Tensor[];
  /** Number of graphs made so far: one for each set of input shapes. */
  readonly graphs: number;
  /** Frees the graphs. */
  dispose(): void;
}

/** The results of a function run operation by operation; the caller disposes them and nothing else is left. */
export function runEagerly(fn: TensorFunction, inputs: tf.Tensor[]): tf.Tensor[] {
  // Clones, because a function may return a tensor that it did not make and that must live on.
  return tf.tidy(() => fn(...inputs).map((output) => tf.clone(output)));
}
