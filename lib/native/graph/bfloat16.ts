import type { Attribute } from '../execute';
import { endpointKey, type Endpoint, type GraphNode, type Recording } from './recorder';

const FLOAT = 1; // DataType numbers of TensorFlow's types.proto
const BFLOAT16 = 14;

type Operation = Extract<GraphNode, { kind: 'operation' }>;

/** What gains from bfloat16: the products, on processors and GPUs that have them. */
const products = new Set([
  'MatMul',
  'BatchMatMulV2',
  'Conv2D',
  'Conv2DBackpropInput',
  'Conv2DBackpropFilter',
  'DepthwiseConv2dNative',
  'DepthwiseConv2dNativeBackpropInput',
  'DepthwiseConv2dNativeBackpropFilter',
]);

/** Inputs that are no floats: an axis, or the shape of what a gradient is of. */
const integerInput: Record<string, (inputs: number) => number> = {
  ConcatV2: (inputs) => inputs - 1,
  Conv2DBackpropInput: () => 0,
  Conv2DBackpropFilter: () => 1,
  DepthwiseConv2dNativeBackpropInput: () => 0,
  DepthwiseConv2dNativeBackpropFilter: () => 1,
};

/** What may stay in bfloat16 between two products of a network's forward pass. */
const passThrough = new Set([
  'BiasAdd',
  'Relu',
  'Relu6',
  'MaxPool',
  'AvgPool',
  'ConcatV2',
  'Add',
  'AddV2',
  'Identity',
]);

/** What only puts its first input's numbers in another order: done again in bfloat16 where a product wants that. */
const reordering = new Set(['Transpose', 'Reshape']);

export type Precision = 'float32' | 'bfloat16-matmuls' | 'bfloat16-network';

/**
 * The same graph with its products in bfloat16: inputs are rounded before, results widened after.
 * In `bfloat16-network` the cheap operations between the products are bfloat16 too, which suits the
 * forward pass of a convolutional network; gradients and sums stay float32 otherwise.
 */
export function withBfloat16(recording: Recording, precision: Precision): Recording {
  if (precision === 'float32') return recording;
  return new Rewriter(precision === 'bfloat16-network').rewrite(recording);
}

class Rewriter {
  private readonly nodes: GraphNode[] = [];
  /** bfloat16 forms of float32 endpoints, made once each. */
  private readonly narrow = new Map<string, Endpoint>();
  /** Endpoints that exist in bfloat16 only until something needs them wider. */
  private readonly native = new Set<string>();
  private readonly constants = new Set<string>();
  /** What each reordering endpoint comes from. */
  private readonly reordered = new Map<string, Operation>();

  constructor(private readonly keepNarrow: boolean) {}

  rewrite(recording: Recording): Recording {
    for (const node of recording.nodes) {
      if (node.kind === 'operation') {
        this.operation(node);
      } else {
        if (node.kind === 'constant') this.constants.add(node.name);
        this.nodes.push(node);
      }
    }
    return { ...recording, nodes: this.nodes };
  }

  private operation(node: Operation): void {
    const narrowed = products.has(node.op) || (this.keepNarrow && this.passes(node));
    if (!narrowed) {
      this.nodes.push(node);
      if (reordering.has(node.op) && node.dtypes[0] === FLOAT)
        this.reordered.set(endpointKey({ node: node.name, output: 0 }), node);
      return;
    }
    const inputs = node.inputs.map((input, i) => (isFloatInput(node, i) ? this.narrowed(input) : input));
    const inner = { node: `${node.name}_bf16`, output: 0 };
    this.nodes.push({
      ...node,
      name: inner.node,
      inputs,
      attributes: narrowedAttributes(node),
      dtypes: [BFLOAT16],
    });
    const outer = { node: node.name, output: 0 };
    this.nodes.push(cast(node.name, inner, BFLOAT16, FLOAT));
    this.narrow.set(endpointKey(outer), inner);
    this.native.add(endpointKey(outer));
  }

  /** Whether all of an operation's float inputs are there in bfloat16 anyway. */
  private passes(node: Operation): boolean {
    if (!passThrough.has(node.op) || node.dtypes.length !== 1 || node.dtypes[0] !== FLOAT) return false;
    const floats = node.inputs.filter((_, i) => isFloatInput(node, i));
    return (
      floats.some((input) => this.native.has(endpointKey(input))) &&
      floats.every((input) => this.native.has(endpointKey(input)) || this.constants.has(input.node))
    );
  }

  private narrowed(input: Endpoint): Endpoint {
    const known = this.narrow.get(endpointKey(input));
    if (known) return known;
    const made = { node: `${input.node}_${input.output}_to_bf16`, output: 0 };
    const reordered = this.reordered.get(endpointKey(input));
    if (reordered) {
      // TensorFlow drops the float32 twin where nothing else reads it.
      const [moved, ...how] = reordered.inputs;
      this.nodes.push({
        ...reordered,
        name: made.node,
        inputs: [this.narrowed(moved), ...how],
        attributes: narrowedAttributes(reordered),
        dtypes: [BFLOAT16],
      });
    } else {
      this.nodes.push(cast(made.node, input, FLOAT, BFLOAT16));
    }
    this.narrow.set(endpointKey(input), made);
    return made;
  }
}

function isFloatInput(node: Operation, index: number): boolean {
  return index !== integerInput[node.op]?.(node.inputs.length);
}

function narrowedAttributes(node: Operation): Attribute[] {
  return node.attributes.map((attribute) =>
    attribute.name === 'T' ? { ...attribute, value: BFLOAT16 } : attribute,
  );
}

function cast(name: string, input: Endpoint, from: number, to: number): GraphNode {
  return { kind: 'cast', name, input, from, to };
}
