import { messageOf } from '../../errors';
import {
  checkResult,
  checkTensors,
  runEagerly,
  type Compiled,
  type TensorFunction,
} from '../../ops/compiled';
import { flatten, signatureOf, unflatten, type NestedTensors } from '../../ops/nested-tensors';
import { nativeBackend } from '../execute';
import type { Precision } from './bfloat16';
import { isRecording, type Recording } from './recorder';
import { loadGraph, runGraph, writeGraph, type LoadedGraph } from './saved-model';
import { trace } from './trace';

/** How a function becomes a graph. */
export interface CompileOptions {
  /** Precision of the matrix products inside the graph; inputs and outputs stay float32. */
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

/** A loaded graph, and the structure of what it returns: any tensors in their places. */
interface GraphOf<Outputs> {
  graph: LoadedGraph;
  outputs: Outputs;
}

/**
 * Compiles a pure function of tensors into a TensorFlow graph, as `tf.function` does in Python. The function takes a
 * tensor, or records and lists of tensors (`NestedTensors`), and returns such.
 *
 * The first call with new input shapes runs the function once, operation by operation, while what it asks of
 * TensorFlow is recorded; the recorded graph then runs as a whole, so that TensorFlow can fold constants,
 * fuse operations and plan memory. Automatic gradients are operations like others, so a whole training step
 * compiles.
 *
 * What a function must keep to: it may not be async nor read tensor values (`dataSync`), and its random numbers must
 * come from a seed that is an input (`kernels().uniform`), since numbers made in JavaScript become constants. It may call
 * other compiled functions, which become part of its graph, in its precision.
 *
 * @throws Error that names the function and the cause where it cannot become a graph
 */
export function compile<Inputs extends NestedTensors, Outputs extends NestedTensors>(
  fn: TensorFunction<Inputs, Outputs>,
  { precision = 'float32', name = 'function', graphs: when = 'first-call' }: CompileOptions = {},
): Compiled<Inputs, Outputs> {
  const graphs = new Map<string, GraphOf<Outputs>>();
  const seen = new Set<string>();
  let impossible = false;

  const traceGraph = (inputs: Inputs): GraphOf<Outputs> | undefined => {
    try {
      const { recording, outputs } = traceNested(fn, inputs, precision);
      return { graph: loadGraph(nativeBackend().binding, recording), outputs };
    } catch (error) {
      if (when === 'first-call')
        throw new Error(`${name} cannot be compiled to a graph: ${messageOf(error)}`, { cause: error });

      impossible = true;
      return undefined;
    }
  };

  const run = (inputs: Inputs): Outputs => {
    checkTensors(inputs, (what, path) => `${name}: the input${path} is ${what}: give a tensor.`);
    if (isRecording()) return runEagerly(fn, inputs, name); // and so becomes part of the graph that is recorded
    const signature = signatureOf(inputs);
    let traced = graphs.get(signature);
    if (!traced) {
      if (impossible || (when === 'second-call' && !seen.has(signature))) {
        seen.add(signature);
        return runEagerly(fn, inputs, name);
      }
      traced = traceGraph(inputs);
      if (!traced) return runEagerly(fn, inputs, name);
      graphs.set(signature, traced);
    }
    return unflatten(traced.outputs, runGraph(traced.graph, flatten(inputs)));
  };

  return Object.defineProperties(run, {
    graphs: { get: () => graphs.size },
    dispose: {
      value: () => {
        for (const { graph } of graphs.values()) nativeBackend().binding.deleteSavedModel(graph.session);
        graphs.clear();
      },
    },
  }) as Compiled<Inputs, Outputs>;
}

/**
 * Writes the graph of a function into a folder as a SavedModel, to look at it or to run it elsewhere. Its inputs are
 * `input_0`, `input_1`, ... in the order of `flatten`.
 * @param inputs of the shapes that the graph is to have
 * @returns the names of its outputs
 * @throws Error where the function cannot become a graph
 */
export function saveGraph<Inputs extends NestedTensors, Outputs extends NestedTensors>(
  fn: TensorFunction<Inputs, Outputs>,
  inputs: Inputs,
  folder: string,
  precision: Precision = 'float32',
): string[] {
  return writeGraph(nativeBackend().binding, traceNested(fn, inputs, precision).recording, folder);
}

function traceNested<Inputs extends NestedTensors, Outputs extends NestedTensors>(
  fn: TensorFunction<Inputs, Outputs>,
  inputs: Inputs,
  precision: Precision,
): { recording: Recording; outputs: Outputs } {
  let outputs: Outputs | undefined;
  const recording = trace(
    (tensors) => {
      outputs = fn(unflatten(inputs, tensors));
      checkResult(outputs);
      return flatten(outputs);
    },
    flatten(inputs),
    precision,
  );
  return { recording, outputs: outputs! };
}
