import type { Architecture, ArchitectureLayer, Dimension } from '../captioners/architecture';

/** A box of an architecture's drawing. */
export interface GraphNode {
  name: string;
  /** what kind of layer; 'Input' or 'Output' at the ends */
  type: string;
  detail?: string;
  shape: Dimension[];
  parameters: number;
  /** its weights are another layer's */
  tied: boolean;
  /** names of the boxes that lead to it */
  inputs: string[];
  /** depends on nothing but the image */
  ofImage: boolean;
  /** see `blockOf` */
  block: string;
}

/** Layers with a common name, drawn in one frame. */
export interface GraphBlock {
  label: string;
  nodes: string[];
}

/** An architecture as boxes from the inputs to the outputs; blocks that are repeated stand there once. */
export interface ArchitectureGraph {
  nodes: GraphNode[];
  blocks: GraphBlock[];
}

/** What a layer's name starts with, up to the first slash: its block. */
const blockOf = (name: string) => name.split('/')[0];

export function architectureGraph({ inputs, layers, outputs }: Architecture): ArchitectureGraph {
  const groups = consecutiveBlocks(layers);
  const kept: ArchitectureLayer[] = [];
  const blocks: GraphBlock[] = [];
  /** for each layer of a block that is left out the one that stands for it */
  const standIns = new Map<string, string>();
  for (let at = 0; at < groups.length;) {
    let times = 1;
    while (at + times < groups.length && repeats(groups[at + times - 1], groups[at + times])) times++;
    const [first, last] = [groups[at], groups[at + times - 1]];
    for (const group of groups.slice(at + 1, at + times))
      group.forEach(({ name }, i) => standIns.set(name, first[i].name));
    kept.push(...first);
    const [from, to] = [blockOf(first[0].name), blockOf(last[0].name)];
    const label = times > 1 ? `${from} to ${to} (× ${times})` : from;
    if (first.length > 1 || times > 1) blocks.push({ label, nodes: first.map(({ name }) => name) });
    at += times;
  }
  const nodes: GraphNode[] = [];
  const add = (node: Omit<GraphNode, 'ofImage' | 'block'>) => {
    const from = [...new Set(node.inputs.map((name) => standIns.get(name) ?? name))];
    const ofImage =
      node.name === 'features' ||
      (from.length > 0 && from.every((name) => nodes.find((known) => known.name === name)?.ofImage));
    nodes.push({ ...node, inputs: from, ofImage, block: blockOf(node.name) });
  };
  const end = { parameters: 0, tied: false };
  for (const { name, shape } of inputs) add({ name, type: 'Input', shape, inputs: [], ...end });
  for (const { outputShape, tiedWeights, ...layer } of kept)
    add({ ...layer, shape: outputShape, tied: tiedWeights.length > 0 });
  for (const { name, shape, from } of outputs) add({ name, type: 'Output', shape, inputs: from, ...end });
  return { nodes, blocks };
}

/** Layers that follow each other and whose names start alike. */
function consecutiveBlocks(layers: readonly ArchitectureLayer[]): ArchitectureLayer[][] {
  const groups: ArchitectureLayer[][] = [];
  for (const layer of layers) {
    const group = groups.at(-1);
    if (group && blockOf(group[0].name) === blockOf(layer.name)) group.push(layer);
    else groups.push([layer]);
  }
  return groups;
}

/**
 * Whether a block is like the one before it: the same layers, each connected in the same way, where what led into the
 * block before now is that block's output. The weights differ of course.
 */
function repeats(before: readonly ArchitectureLayer[], block: readonly ArchitectureLayer[]): boolean {
  if (before.length !== block.length || before.length < 2) return false;
  const output = before[before.length - 1].name;
  let input: string | undefined; // what led into the block before
  const sameInput = (name: string, other: string) => {
    const inside = before.findIndex((layer) => layer.name === name);
    if (inside >= 0) return block[inside].name === other;
    if (name === other) return true;
    input ??= name;
    return name === input && other === output;
  };
  return before.every((layer, i) => {
    const other = block[i];
    const same = [layer, other].map(({ name, type, detail, outputShape, parameters }) =>
      JSON.stringify([name.slice(blockOf(name).length), type, detail, outputShape, parameters]),
    );
    return (
      same[0] === same[1] &&
      layer.inputs.length === other.inputs.length &&
      layer.inputs.every((name, k) => sameInput(name, other.inputs[k]))
    );
  });
}
