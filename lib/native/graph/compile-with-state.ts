import * as tf from '@tensorflow/tfjs-core';
import { messageOf } from '../../errors';
import { checkResult, checkTensors, type StatefulFunction } from '../../ops/compiled';
import { flatten, mapTensors, signatureOf, unflatten, type NestedTensors } from '../../ops/nested-tensors';
import { nativeBackend } from '../execute';
import type { Precision } from './bfloat16';
import type { CompileOptions } from './compile';
import { loadGraph, runGraph, writeGraph, type LoadedGraph } from './saved-model';
import { isRecording } from './recorder';
import { trace } from './trace';
import { withVariables, type WithVariables } from './variables';

/** A function whose state stays inside TensorFlow from call to call. */
export interface CompiledWithState<
  State extends NestedTensors,
  Inputs extends NestedTensors,
  Outputs extends NestedTensors,
> {
  /** The outputs for these inputs, one tensor at least; the state moves on. The caller disposes them. */
  (inputs: Inputs): Outputs;
  /** The state as tensors, which the caller disposes. They stay as they are when it moves on. */
  state(): State;
  /** Frees the graph and the state. */
  dispose(): void;
}

/** A loaded graph with the ways to set its state and to read it. */
interface LoadedWithState<Outputs> {
  signature: string;
  run: LoadedGraph;
  set: LoadedGraph;
  held: LoadedGraph;
  /** the structure of what it returns: any tensors in their places */
  outputs: Outputs;
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
export function compileWithState<
  State extends NestedTensors,
  Inputs extends NestedTensors,
  Outputs extends NestedTensors,
>(
  fn: StatefulFunction<State, Inputs, Outputs>,
  initial: State,
  { precision = 'float32', name = 'function' }: Omit<CompileOptions, 'graphs'> = {},
): CompiledWithState<State, Inputs, Outputs> {
  const start = mapTensors(initial, (x) => tf.clone(x)); // held until there is a graph
  let current: LoadedWithState<Outputs> | undefined;

  const state = (): State =>
    current ? unflatten(start, runGraph(current.held, [])) : mapTensors(start, (x) => tf.clone(x));

  const graphFor = (inputs: Inputs): LoadedWithState<Outputs> => {
    const signature = signatureOf(inputs);
    if (current?.signature === signature) return current;
    const before = state();
    try {
      const { recording, outputs } = traceWithState(fn, before, inputs, precision);
      const next = { signature, ...loaded(recording), outputs };
      tf.dispose(runGraph(next.set, flatten(before)));
      dispose();
      current = next;
      return next;
    } catch (error) {
      throw new Error(`${name} cannot be compiled to a graph: ${messageOf(error)}`, { cause: error });
    } finally {
      tf.dispose(flatten(before));
    }
  };

  const dispose = () => {
    tf.dispose(flatten(start)); // its structure remains
    if (current) nativeBackend().binding.deleteSavedModel(current.run.session);
    current = undefined;
  };

  const run = (inputs: Inputs): Outputs => {
    if (isRecording()) throw new Error(`${name} keeps a state, and so it cannot be part of another graph`);
    checkTensors(inputs, (what, path) => `${name}: the input${path} is ${what}: give a tensor.`);
    const graph = graphFor(inputs);
    return unflatten(graph.outputs, runGraph(graph.run, flatten(inputs)));
  };
  return Object.assign(run, { state, dispose });
}

/**
 * Writes such a graph into a folder as a SavedModel: node `initialized` puts the values of `initial_0`, `initial_1`, ...
 * into the variables; the inputs are those named `input_...`. Both are in the order of `flatten`.
 */
export function saveGraphWithState<
  State extends NestedTensors,
  Inputs extends NestedTensors,
  Outputs extends NestedTensors,
>(fn: StatefulFunction<State, Inputs, Outputs>, state: State, inputs: Inputs, folder: string): void {
  writeGraph(nativeBackend().binding, traceWithState(fn, state, inputs, 'float32').recording, folder);
}

function traceWithState<
  State extends NestedTensors,
  Inputs extends NestedTensors,
  Outputs extends NestedTensors,
>(
  fn: StatefulFunction<State, Inputs, Outputs>,
  state: State,
  inputs: Inputs,
  precision: Precision,
): { recording: WithVariables; outputs: Outputs } {
  const before = flatten(state);
  let outputs: Outputs | undefined;
  const flat = (tensors: tf.Tensor[]): tf.Tensor[] => {
    const next = fn(
      unflatten(state, tensors.slice(0, before.length)),
      unflatten(inputs, tensors.slice(before.length)),
    );
    checkResult(next);
    if (signatureOf(next.state) !== signatureOf(state))
      throw new Error('the next state has other names or shapes than the state before it');

    outputs = next.outputs;
    return [...flatten(outputs), ...flatten(next.state)];
  };
  const recording = trace(flat, [...before, ...flatten(inputs)], precision);
  return {
    recording: withVariables(nativeBackend().binding, recording, before.length),
    outputs: outputs!,
  };
}

function loaded(recording: WithVariables): Pick<LoadedWithState<unknown>, 'run' | 'set' | 'held'> {
  const run = loadGraph(nativeBackend().binding, recording);
  const { initial, initialized, held } = recording;
  return {
    run,
    set: { ...run, inputs: initial.join(), outputs: initialized },
    held: { ...run, inputs: '', outputs: held.join() },
  };
}
