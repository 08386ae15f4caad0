import type { TensorMetadata, TFJSBinding } from '@tensorflow/tfjs-node-gpu/dist/tfjs_binding';
import type { Attribute, NativeBackend } from '../execute';

export type Values = Float32Array | Int32Array | Uint8Array;

/** One output of a node. */
export interface Endpoint {
  node: string;
  output: number;
}

/** A node of the recorded graph, close to TensorFlow's NodeDef. `dtype` is TensorFlow's number of a type. */
export type GraphNode =
  | { kind: 'placeholder'; name: string; dtype: number; shape: number[] }
  | { kind: 'constant'; name: string; dtype: number; shape: number[]; values: Values }
  | {
      kind: 'operation';
      name: string;
      op: string;
      attributes: Attribute[];
      inputs: Endpoint[];
      /** of each output */
      dtypes: number[];
      shapes: number[][];
      /** names of the nodes that must have run before, although nothing of theirs is read */
      after: string[];
    }
  | { kind: 'cast'; name: string; input: Endpoint; from: number; to: number };

export interface Recording {
  nodes: GraphNode[];
  inputs: string[];
  outputs: Endpoint[];
  /** names of the nodes that must have run when the graph has, although nothing reads them */
  effects: string[];
}

let recordings = 0;

/** Whether a function is being recorded: compiled functions that it calls become part of its graph. */
export function isRecording(): boolean {
  return recordings > 0;
}

/**
 * Runs `work` once and records all that it asks of TensorFlow.
 *
 * Everything tfjs-node does passes through two calls of its native binding: `createTensor` for constants
 * made in JavaScript and `executeOp` for operations. For the time of the run the binding is replaced by an
 * object that records these and passes them on. Tensors that existed before and are not inputs (the weights
 * of an encoder, say) become constants of the graph. Operations on the same variable keep their order.
 *
 * @param inputs native id, type and shape of each of the function's inputs
 * @param work runs the function and returns the native ids of its outputs
 * @throws Error where the function reads a tensor's values: a graph cannot depend on them
 */
export function record(
  backend: NativeBackend,
  inputs: { id: number; dtype: number; shape: number[] }[],
  work: () => number[],
): Recording {
  const binding = backend.binding;
  const recorder = new Recorder(binding);
  inputs.forEach((input) => recorder.addPlaceholder(input));
  backend.binding = recorder.wrap();
  recordings++;
  try {
    return recorder.finish(work());
  } finally {
    recordings--;
    backend.binding = binding;
  }
}

class Recorder {
  private readonly nodes: GraphNode[] = [];
  private readonly endpoints = new Map<number, Endpoint>();
  private readonly inputs: string[] = [];
  /** for each variable's endpoint the last node that had to do with it */
  private readonly lastUse = new Map<string, string>();

  constructor(private readonly binding: TFJSBinding) {}

  addPlaceholder({ id, dtype, shape }: { id: number; dtype: number; shape: number[] }): void {
    const name = `input_${this.inputs.length}`;
    this.nodes.push({ kind: 'placeholder', name, dtype, shape });
    this.inputs.push(name);
    this.endpoints.set(id, { node: name, output: 0 });
  }

  /** The binding with recording calls in front; its own properties are read-only, so they are shadowed. */
  wrap(): TFJSBinding {
    const { binding } = this;
    const shadow = <T>(value: T) => ({ value, enumerable: true });
    return Object.create(binding, {
      createTensor: shadow((shape: number[], dtype: number, values: Values) => {
        const id = binding.createTensor(shape, dtype, values);
        this.addConstant(id, dtype, shape, values.slice());
        return id;
      }),
      executeOp: shadow((op: string, attributes: Attribute[], ids: number[], outputs: number) => {
        const results = binding.executeOp(op, attributes, ids, outputs);
        this.addOperation(op, attributes, ids, results);
        return results;
      }),
      tensorDataSync: shadow(() => {
        throw new Error('a compiled function may not read the values of a tensor');
      }),
      runSavedModel: shadow(() => {
        throw new Error('a compiled function may not run a SavedModel, whose results would become constants');
      }),
    }) as TFJSBinding;
  }

  finish(outputIds: number[]): Recording {
    const outputs = outputIds.map((id) => this.endpointOf(id));
    return { nodes: this.nodes, inputs: this.inputs, outputs, effects: [...this.lastUse.values()] };
  }

  private addConstant(id: number, dtype: number, shape: number[], values: Values): void {
    const name = `constant_${this.nodes.length}`;
    this.nodes.push({ kind: 'constant', name, dtype, shape: [...shape], values });
    this.endpoints.set(id, { node: name, output: 0 });
  }

  private addOperation(op: string, attributes: Attribute[], ids: number[], results: TensorMetadata[]): void {
    const inputs = ids.map((id) => this.endpointOf(id));
    if (op === 'Cast' && changesNothing(attributes)) {
      this.endpoints.set(results[0].id, inputs[0]); // tfjs makes sure of a pool's type like this
      return;
    }
    const name = `${op}_${this.nodes.length}`;
    const dtypes = results.map((r) => r.dtype);
    const variables = inputs.map(endpointKey).filter((key) => this.lastUse.has(key));
    const after = [...new Set(variables.map((key) => this.lastUse.get(key)!))];
    variables.forEach((key) => this.lastUse.set(key, name));
    const shapes = results.map((r) => r.shape);
    this.nodes.push({ kind: 'operation', name, op, attributes, inputs, dtypes, shapes, after });
    results.forEach((result, output) => {
      const endpoint = { node: name, output };
      this.endpoints.set(result.id, endpoint);
      if (result.dtype === this.binding.TF_RESOURCE) this.lastUse.set(endpointKey(endpoint), name);
    });
  }

  private endpointOf(id: number): Endpoint {
    const known = this.endpoints.get(id);
    if (known) return known;
    this.addOuterTensor(id);
    return this.endpoints.get(id)!;
  }

  /** A tensor that the function did not make and was not given: its values become part of the graph. */
  private addOuterTensor(id: number): void {
    const [copy] = this.binding.executeOp('Identity', [], [id], 1); // tells shape and type
    this.addConstant(id, copy.dtype, copy.shape, this.binding.tensorDataSync(copy.id));
    this.binding.deleteTensor(copy.id);
  }
}

/** A name for an endpoint, to look it up by. */
export function endpointKey({ node, output }: Endpoint): string {
  return `${node}:${output}`;
}

/** Whether a cast goes from a type to the same one. */
function changesNothing(attributes: Attribute[]): boolean {
  const typeOf = (wanted: string) => attributes.find(({ name }) => name === wanted)?.value;
  return typeOf('SrcT') === typeOf('DstT');
}
