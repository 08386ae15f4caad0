import type { TFJSBinding } from '@tensorflow/tfjs-node-gpu/dist/tfjs_binding';
import type { Attribute } from '../execute';
import { endpointKey, type Endpoint, type GraphNode, type Recording } from './recorder';

type Operation = Extract<GraphNode, { kind: 'operation' }>;
type Placeholder = Extract<GraphNode, { kind: 'placeholder' }>;

/** Where a graph keeps its state, and the names by which it is set and read. */
export interface WithVariables extends Recording {
  /** placeholders of the values that `initialized` puts into the variables */
  initial: string[];
  initialized: string;
  /** names of what the variables hold */
  held: string[];
}

/**
 * The same graph with its first inputs and as many of its last outputs as variables, which live as long as the session:
 * a run finds them as the run before left them.
 *
 * An operation that changes a variable in place (ResourceApplyAdam) was recorded with a variable of its own, made for
 * the time of a run. Where that holds nothing but a part of the state, the state's variable takes its place, so that
 * nothing is copied.
 *
 * @param count variables
 */
export function withVariables(binding: TFJSBinding, recording: Recording, count: number): WithVariables {
  return new Rewriter(binding, recording, count).rewrite();
}

class Rewriter {
  private readonly placeholders: Placeholder[];
  /** what the state is after a run */
  private readonly next: Endpoint[];
  private readonly byName: Map<string, GraphNode>;
  /** for each temporary variable what it is set to */
  private readonly assigned = new Map<string, Endpoint[]>();
  /** for each temporary variable that a state takes the place of, the state's number */
  private readonly replaced = new Map<string, number>();

  constructor(
    private readonly binding: TFJSBinding,
    private readonly recording: Recording,
    count: number,
  ) {
    const { nodes, inputs, outputs } = recording;
    this.byName = new Map(nodes.map((node) => [node.name, node]));
    for (const node of nodes) {
      const assignment = operationOf(node, 'AssignVariableOp');
      if (!assignment) continue;
      const [{ node: variable }, value] = assignment.inputs;
      this.assigned.set(variable, [...(this.assigned.get(variable) ?? []), value]);
    }
    this.placeholders = inputs.slice(0, count).map((name) => this.byName.get(name) as Placeholder);
    this.next = outputs.slice(outputs.length - count);
    this.next.forEach((endpoint, i) => {
      const variable = this.variableReadBy(endpoint);
      if (variable && this.holdsOnly(variable, i)) this.replaced.set(variable, i);
    });
  }

  rewrite(): WithVariables {
    const { nodes, inputs, outputs, effects } = this.recording;
    const count = this.placeholders.length;
    const kept = nodes.flatMap((node) => this.rewritten(node));
    const assigned = this.next.flatMap((endpoint, i) => this.assignment(endpoint, i));
    return {
      nodes: [
        ...this.placeholders.flatMap((_, i) => this.variable(i)),
        ...kept,
        ...assigned,
        ...this.setting(),
      ],
      inputs: inputs.slice(count),
      outputs: outputs.slice(0, outputs.length - count).map((endpoint) => this.input(endpoint)),
      effects: [...this.after(effects), ...assigned.map(({ name }) => name)],
      initial: this.placeholders.map((_, i) => `initial_${i}`),
      initialized: 'initialized',
      held: this.placeholders.map((_, i) => `held_${i}`),
    };
  }

  /** The temporary variable whose value an endpoint is. */
  private variableReadBy({ node }: Endpoint): string | undefined {
    return operationOf(this.byName.get(node), 'ReadVariableOp')?.inputs[0].node;
  }

  /** Whether a variable starts as a part of the state, and is set by nothing else. */
  private holdsOnly(variable: string, state: number): boolean {
    const values = this.assigned.get(variable) ?? [];
    return values.length === 1 && values[0].node === this.placeholders[state].name;
  }

  private rewritten(node: GraphNode): GraphNode[] {
    if (node.kind === 'cast') return [{ ...node, input: this.input(node.input) }];
    if (node.kind !== 'operation') return this.placeholders.includes(node as Placeholder) ? [] : [node];
    if (this.replacedOperation(node)) return [];
    return [
      { ...node, inputs: node.inputs.map((input) => this.input(input)), after: this.after(node.after) },
    ];
  }

  /** An operation that makes, sets or removes a variable that a state takes the place of. */
  private replacedOperation(node: GraphNode | undefined): Operation | undefined {
    const operation = operationOf(node, 'VarHandleOp', 'AssignVariableOp', 'DestroyResourceOp');
    return operation && this.replaced.has(variableOf(operation)) ? operation : undefined;
  }

  /** What a node reads instead of an endpoint that is no more. */
  private input(endpoint: Endpoint): Endpoint {
    const state = this.placeholders.findIndex(({ name }) => name === endpoint.node);
    if (state >= 0) return { node: `before_${state}`, output: 0 };
    const variable = this.replaced.get(endpoint.node);
    return variable === undefined ? endpoint : { node: `state_${variable}`, output: 0 };
  }

  /** What a node waits for instead of nodes that are no more: a variable is read before it is changed. */
  private after(names: readonly string[]): string[] {
    const waited = names.flatMap((name) => {
      const gone = this.replacedOperation(this.byName.get(name));
      if (!gone) return [name];
      if (gone.op === 'DestroyResourceOp') return this.after(gone.after);
      return gone.op === 'VarHandleOp' ? [] : [`before_${this.replaced.get(variableOf(gone))}`];
    });
    return [...new Set(waited)];
  }

  /** A variable, and its value before the run. */
  private variable(i: number): GraphNode[] {
    const { dtype, shape } = this.placeholders[i];
    const { TF_ATTR_SHAPE, TF_ATTR_STRING, TF_RESOURCE } = this.binding;
    const attributes: Attribute[] = [
      { name: 'container', type: TF_ATTR_STRING, value: '' },
      { name: 'shared_name', type: TF_ATTR_STRING, value: `state_${i}` },
      { name: 'dtype', type: this.binding.TF_ATTR_TYPE, value: dtype },
      { name: 'shape', type: TF_ATTR_SHAPE, value: shape },
    ];
    const handle = this.operation(`state_${i}`, 'VarHandleOp', { attributes, dtypes: [TF_RESOURCE] });
    return [handle, this.reading(`before_${i}`, i)];
  }

  private reading(name: string, i: number): Operation {
    const { dtype, shape } = this.placeholders[i];
    return this.operation(name, 'ReadVariableOp', {
      ...this.typed('dtype', dtype),
      inputs: [{ node: `state_${i}`, output: 0 }],
      dtypes: [dtype],
      shapes: [shape],
    });
  }

  /** Sets the variable at the end of a run, where it was not changed in place or left alone. */
  private assignment(next: Endpoint, i: number): Operation[] {
    const variable = this.variableReadBy(next);
    const inPlace = variable !== undefined && this.replaced.get(variable) === i;
    const unchanged = endpointKey(next) === endpointKey({ node: this.placeholders[i].name, output: 0 });
    if (inPlace || unchanged) return [];
    return [this.assigning(`next_${i}`, this.input(next), i, [`before_${i}`])];
  }

  private assigning(name: string, value: Endpoint, i: number, after: string[] = []): Operation {
    const inputs = [{ node: `state_${i}`, output: 0 }, value];
    return this.operation(name, 'AssignVariableOp', {
      ...this.typed('dtype', this.placeholders[i].dtype),
      inputs,
      after,
    });
  }

  /** What sets and reads the variables from outside. */
  private setting(): GraphNode[] {
    const { TF_INT32 } = this.binding;
    const each = this.placeholders.flatMap(({ dtype, shape }, i): GraphNode[] => [
      { kind: 'placeholder', name: `initial_${i}`, dtype, shape },
      this.assigning(`set_${i}`, { node: `initial_${i}`, output: 0 }, i),
      this.reading(`held_${i}`, i),
    ]);
    const one: GraphNode = {
      kind: 'constant',
      name: 'one',
      dtype: TF_INT32,
      shape: [],
      values: Int32Array.of(1),
    };
    const all = this.operation('initialized', 'Identity', {
      ...this.typed('T', TF_INT32),
      inputs: [{ node: 'one', output: 0 }],
      after: this.placeholders.map((_, i) => `set_${i}`),
      dtypes: [TF_INT32],
    });
    return [...each, one, all];
  }

  private operation(name: string, op: string, parts: Partial<Operation>): Operation {
    return {
      kind: 'operation',
      name,
      op,
      attributes: [],
      inputs: [],
      dtypes: [],
      shapes: [],
      after: [],
      ...parts,
    };
  }

  private typed(name: string, value: number): { attributes: Attribute[] } {
    return { attributes: [{ name, type: this.binding.TF_ATTR_TYPE, value }] };
  }
}

/** The variable that an operation makes, sets or removes. */
function variableOf({ op, name, inputs }: Operation): string {
  return op === 'VarHandleOp' ? name : inputs[0].node;
}

/** A node where it is an operation of one of these kinds. */
function operationOf(node: GraphNode | undefined, ...ops: string[]): Operation | undefined {
  return node?.kind === 'operation' && ops.includes(node.op) ? node : undefined;
}
