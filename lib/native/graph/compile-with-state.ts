import * as tf from '@tensorflow/tfjs-core';
import { messageOf } from '../../errors';
import type { StatefulFunction } from '../../ops/compiled';
import { nativeBackend } from '../execute';
import type { Precision } from './bfloat16';
import type { CompileOptions } from './compile';
import { loadGraph, runGraph, writeGraph, type LoadedGraph } from './saved-model';
import { signatureOf, trace } from './trace';
import { withVariables, type WithVariables } from './variables';

/** A function whose state stays inside TensorFlow from call to call. */
export interface CompiledWithState {
  /** The outputs for these inputs, of which there is one at least; the state moves on. The caller disposes them. */
  (inputs: tf.Tensor[]): tf.Tensor[];
  /** The state as tensors, which the caller disposes. They stay as they are when it moves on. */
  state(): tf.Tensor[];
  /** Frees the graph and the state. */
  dispose(): void;
}

/** A loaded graph with the ways to set its state and to read it. */
interface LoadedWithState {
  signature: string;
  run: LoadedGraph;
  set: LoadedGraph;
  held: LoadedGraph;
}

/**
 * Compiles a pure function of a state and of inputs into a TensorFlow graph whose variables hold the state. Large
 * states gain by it: they are neither fed nor fetched, and what TensorFlow does in place (Adam) needs no copy.
 * For what the function must keep to see `compile`. It is meant for inputs of the same shapes at every call: other
 * shapes are another graph, into which the state is copied.
 *
 * @param initial the state before the first call; the caller keeps these tensors
 * @throws Error that names the function and the cause where it cannot become a graph
 */
export function compileWithState(
  fn: StatefulFunction,
  initial: readonly tf.Tensor[],
  { precision = 'float32', name = 'function' }: Omit<CompileOptions, 'graphs'> = {},
): CompiledWithState {
  let before = initial.map((x) => tf.clone(x)); // until there is a graph
  let current: LoadedWithState | undefined;

  const state = () => (current ? runGraph(current.held, []) : before.map((x) => tf.clone(x)));

  const graphFor = (inputs: tf.Tensor[]): LoadedWithState => {
    const signature = signatureOf(inputs);
    if (current?.signature === signature) return current;
    const values = state();
    try {
      const next = { signature, ...loaded(recorded(fn, values, inputs, precision)) };
      tf.dispose(runGraph(next.set, values));
      dispose();
      current = next;
      return next;
    } catch (error) {
      throw new Error(`${name} cannot be compiled to a graph: ${messageOf(error)}`, { cause: error });
    } finally {
      tf.dispose(values);
    }
  };

  const dispose = () => {
    tf.dispose(before);
    before = [];
    if (current) nativeBackend().binding.deleteSavedModel(current.run.session);
    current = undefined;
  };

  return Object.assign((inputs: tf.Tensor[]) => runGraph(graphFor(inputs).run, inputs), { state, dispose });
}

/**
 * Writes such a graph into a folder as a SavedModel: node `initialized` puts the values of `initial_0`, `initial_1`, ...
 * into the variables; the inputs are those named `input_...`.
 */
export function saveGraphWithState(
  fn: StatefulFunction,
  state: tf.Tensor[],
  inputs: tf.Tensor[],
  folder: string,
): void {
  writeGraph(nativeBackend().binding, recorded(fn, state, inputs, 'float32'), folder);
}

function recorded(
  fn: StatefulFunction,
  state: tf.Tensor[],
  inputs: tf.Tensor[],
  precision: Precision,
): WithVariables {
  const count = state.length;
  const flat = (...tensors: tf.Tensor[]) => {
    const { outputs, state: next } = fn(tensors.slice(0, count), tensors.slice(count));
    return [...outputs, ...next];
  };
  return withVariables(nativeBackend().binding, trace(flat, [...state, ...inputs], precision), count);
}

function loaded(recording: WithVariables): Omit<LoadedWithState, 'signature'> {
  const run = loadGraph(nativeBackend().binding, recording);
  const { initial, initialized, held } = recording;
  return {
    run,
    set: { ...run, inputs: initial.join(), outputs: initialized },
    held: { ...run, inputs: '', outputs: held.join() },
  };
}
