import type * as tf from '@tensorflow/tfjs-core';
import { messageOf } from '../../errors';
import { runEagerly, type Compiled, type TensorFunction } from '../../ops/compiled';
import { nativeBackend } from '../execute';
import type { Precision } from './bfloat16';
import { loadGraph, runGraph, writeGraph, type LoadedGraph } from './saved-model';
import { signatureOf, trace } from './trace';

/** How a function becomes a graph. */
export interface CompileOptions {
  /** Precision of the products inside the graph; inputs and outputs stay float32. */
  precision?: Precision;
  /** A name for error messages. */
  name?: string;
  /**
   * When graphs are made. 'first-call': at the first call, and a function that cannot become a graph is an error.
   * 'second-call': at the second call with the same shapes, since a graph costs more than one run; a function that
   * cannot become a graph runs operation by operation, as at its first call.
   */
  graphs?: 'first-call' | 'second-call';
}

/**
 * Compiles a pure function of tensors into a TensorFlow graph, as `tf.function` does in Python.
 *
 * The first call with new input shapes runs the function once, operation by operation, while what it asks of
 * TensorFlow is recorded; the recorded graph then runs as a whole, so that TensorFlow can fold constants,
 * fuse operations and plan memory. Automatic gradients are operations like others, so a whole training step
 * compiles.
 *
 * What a function must keep to: it may not read tensor values (`dataSync`), and its random numbers must come
 * from a seed that is an input (`kernels().uniform`), since numbers made in JavaScript become constants.
 *
 * @throws Error that names the function and the cause where it cannot become a graph
 */
export function compile(
  fn: TensorFunction,
  { precision = 'float32', name = 'function', graphs: when = 'first-call' }: CompileOptions = {},
): Compiled {
  const graphs = new Map<string, LoadedGraph>();
  const seen = new Set<string>();
  let impossible = false;

  const traceGraph = (inputs: tf.Tensor[]): LoadedGraph | undefined => {
    try {
      return loadGraph(nativeBackend().binding, trace(fn, inputs, precision));
    } catch (error) {
      if (when === 'first-call')
        throw new Error(`${name} cannot be compiled to a graph: ${messageOf(error)}`, { cause: error });

      impossible = true;
      return undefined;
    }
  };

  const run = (inputs: tf.Tensor[]): tf.Tensor[] => {
    const signature = signatureOf(inputs);
    let graph = graphs.get(signature);
    if (!graph) {
      if (impossible || (when === 'second-call' && !seen.has(signature))) {
        seen.add(signature);
        return runEagerly(fn, inputs);
      }
      graph = traceGraph(inputs);
      if (!graph) return runEagerly(fn, inputs);
      graphs.set(signature, graph);
    }
    return runGraph(graph, inputs);
  };

  return Object.defineProperties(run, {
    graphs: { get: () => graphs.size },
    dispose: {
      value: () => {
        for (const { session } of graphs.values()) nativeBackend().binding.deleteSavedModel(session);
        graphs.clear();
      },
    },
  }) as Compiled;
}

/**
 * Writes the graph of a function into a folder as a SavedModel, to look at it or to run it elsewhere. Its inputs are
 * `input_0`, `input_1`, ...
 * @param inputs of the shapes that the graph is to have
 * @returns the names of its outputs
 * @throws Error where the function cannot become a graph
 */
export function saveGraph(
  fn: TensorFunction,
  inputs: tf.Tensor[],
  folder: string,
  precision: Precision = 'float32',
): string[] {
  return writeGraph(nativeBackend().binding, trace(fn, inputs, precision), folder);
}
