import * as tf from '@tensorflow/tfjs-core';
import { useKernels } from './kernels';
import { plainKernels } from './plain-kernels';

/*
 * What a model is made of, seen while it runs: layers say their name and type, and the operations that run meanwhile
 * tell which weights and which earlier layers they use. So a table or a drawing of a model can't differ from its code.
 */

/** A layer, as a run of the model showed it. */
export interface LayerRecord {
  name: string;
  /** the kind of layer, as Keras calls it where Keras has it */
  type: string;
  /** what name and shapes don't tell: '8 heads of 64' */
  detail?: string;
  outputShape: number[];
  /** names of all weights that it uses, those of other layers included */
  weights: string[];
  /** names of the layers and inputs whose outputs it uses */
  inputs: string[];
}

/** A run of a model. */
export interface ModelRecord {
  /** in the order in which they ended */
  layers: LayerRecord[];
  /** of each output its shape and the layers that it comes from */
  outputs: Record<string, { shape: number[]; from: string[] }>;
}

let recorder: Recorder | undefined;

/**
 * Runs a layer of a model, and records it where `recordLayers` is at work; layers within it count as parts of it.
 * What runs under one name at several places is one layer; its output is that of the last one.
 * @param name unique in the model; its weights and parts start with it as a rule: 'block0/attention'
 * @param run gives a tensor, or an object whose first tensor is the layer's output
 */
export function runLayer<T extends object>(type: string, name: string, run: () => T, detail?: string): T {
  return recorder ? recorder.run({ type, name, detail }, run) : run();
}

/**
 * Runs a model once and records its layers. The names of inputs and weights are those that the record uses.
 * @param run the model; all its operations pass through tfjs-core meanwhile, with the plain kernels
 */
export function recordLayers(
  { inputs, weights }: { inputs: Record<string, tf.Tensor>; weights: Record<string, tf.Tensor> },
  run: () => Record<string, tf.Tensor>,
): ModelRecord {
  const engine = tf.engine();
  const runKernel = engine.runKernel.bind(engine);
  const own = new Recorder(inputs, weights);
  const kernels = useKernels(plainKernels);
  engine.runKernel = ((...args: Parameters<typeof runKernel>) => {
    const result = runKernel(...args) as tf.Tensor | tf.Tensor[];
    own.operation(Object.values(args[1]), result);
    return result;
  }) as typeof runKernel;
  recorder = own;
  engine.startScope();
  try {
    return own.finish(run());
  } finally {
    engine.endScope();
    recorder = undefined;
    Reflect.deleteProperty(engine, 'runKernel'); // the method of its class is in force again
    if (kernels) useKernels(kernels);
  }
}

class Recorder {
  private readonly layers = new Map<string, LayerRecord>();
  /** for each tensor, by its id, the layers and inputs that it comes from */
  private readonly sources = new Map<number, Set<string>>();
  private readonly weightNames: Map<number, string>;
  /** the outermost layer that runs */
  private current?: LayerRecord;

  constructor(inputs: Record<string, tf.Tensor>, weights: Record<string, tf.Tensor>) {
    this.weightNames = new Map(Object.entries(weights).map(([name, { id }]) => [id, name]));
    for (const [name, { id }] of Object.entries(inputs)) this.sources.set(id, new Set([name]));
  }

  run<T extends object>(described: Pick<LayerRecord, 'name' | 'type' | 'detail'>, run: () => T): T {
    if (this.current) return run();
    const record = this.open(described);
    this.current = record;
    const result = run();
    this.current = undefined;
    const output = [result, ...Object.values(result as Record<string, unknown>)].find(isTensor);
    if (output) record.outputShape = output.shape;
    return result;
  }

  /** Follows tensors through an operation. */
  operation(inputs: tf.Tensor[], result: tf.Tensor | tf.Tensor[]): void {
    const outputs = Array.isArray(result) ? result : [result];
    const weights = inputs.flatMap(({ id }) => this.weightNames.get(id) ?? []);
    const from = new Set(inputs.flatMap(({ id }) => [...(this.sources.get(id) ?? [])]));
    const user = this.current ?? (weights.length > 0 ? this.unnamed(weights[0], outputs[0]) : undefined);
    if (user) {
      user.weights = [...new Set([...user.weights, ...weights])];
      const others = [...from].filter((name) => name !== user.name);
      user.inputs = [...new Set([...user.inputs, ...others])];
    }
    const sources = user ? new Set([user.name]) : from;
    for (const { id } of outputs) this.sources.set(id, sources);
  }

  finish(results: Record<string, tf.Tensor>): ModelRecord {
    const outputs = Object.entries(results).map(([name, { id, shape }]) => [
      name,
      { shape, from: [...(this.sources.get(id) ?? [])] },
    ]);
    return {
      layers: [...this.layers.values()],
      outputs: Object.fromEntries(outputs) as ModelRecord['outputs'],
    };
  }

  /** The record of a layer, as the last one: what a layer did before, at another place, counts too. */
  private open({ name, ...described }: Pick<LayerRecord, 'name' | 'type' | 'detail'>): LayerRecord {
    const earlier = this.layers.get(name);
    const record = earlier ?? { name, ...described, outputShape: [], weights: [], inputs: [] };
    this.layers.delete(name);
    this.layers.set(name, record);
    return record;
  }

  /** The record of an operation on a weight that no layer claims, under what the weight's name starts with. */
  private unnamed(weight: string, { shape }: tf.Tensor): LayerRecord {
    const name = weight.includes('/') ? weight.slice(0, weight.lastIndexOf('/')) : weight;
    return Object.assign(this.open({ name, type: 'Operation' }), { outputShape: shape });
  }
}

function isTensor(x: unknown): x is tf.Tensor {
  return x instanceof tf.Tensor;
}
