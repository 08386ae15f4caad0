import * as tf from '@tensorflow/tfjs-core';
import { flatten, mapTensors, type NestedTensors } from './nested-tensors';

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

/**
 * The results of a function run operation by operation; the caller disposes them, and no other tensor remains.
 * @param name of the function, for the error
 * @throws Error where it returns something else than tensors
 */
export function runEagerly<Inputs extends NestedTensors, Outputs extends NestedTensors>(
  fn: TensorFunction<Inputs, Outputs>,
  inputs: Inputs,
  name = 'the function',
): Outputs {
  // Clones, because a function may return a tensor that it did not make and that must live on.
  return tf.tidy(() => {
    const outputs = fn(inputs);
    checkResult(outputs, name);
    return mapTensors(outputs, (output) => tf.clone(output)) as tf.TensorContainer;
  }) as Outputs;
}

/**
 * Checks what a function returned: functions of notebooks have no types that would.
 * @throws Error that says what it is, where it is something else than tensors
 */
export function checkResult(result: unknown, name = 'it'): void {
  if (result instanceof Promise) {
    result.catch(() => {}); // its failure is no other error than this one
    throw new Error(`${name} is async, and a graph cannot wait: let the caller await what it needs before`);
  }
  checkTensors(
    result,
    (what, path) =>
      `${name} returned ${what}${path && ` as${path}`}: return a tensor, or a list or record of tensors`,
  );
  if (flatten(result).length === 0) throw new Error(`${name} returned no tensor: return one at least`);
}

/**
 * Checks that something is a tensor, or lists and records of tensors.
 * @param explain the message for something that is not: what it is, and its place (' rate', ' steps.0'; '' for all)
 */
export function checkTensors(
  nested: unknown,
  explain: (what: string, path: string) => string,
  path: readonly string[] = [],
): asserts nested is NestedTensors {
  const place = path.length > 0 ? ` ${path.join('.')}` : '';
  if (nested instanceof tf.Tensor) {
    if (nested.isDisposed) throw new Error(explain('a tensor that was disposed', place));
    return;
  }
  const isPlain = typeof nested === 'object' && nested !== null && !ArrayBuffer.isView(nested);
  if (!isPlain) throw new Error(explain(describe(nested), place));
  for (const [name, part] of Object.entries(nested as Record<string, unknown>))
    if (part !== undefined) checkTensors(part, explain, [...path, name]);
}

function describe(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  return `a ${typeof value === 'object' ? value.constructor.name : typeof value}`;
}
