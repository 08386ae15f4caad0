import type { ArchitectureGraph, GraphNode } from './architecture-graph';

/** A box with its place, in pixels. */
export interface PlacedNode extends GraphNode {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** An arrow along corners. */
export interface PlacedEdge {
  points: [x: number, y: number][];
  /** leads down to the next box, and has the shape beside it */
  straight: boolean;
  from: string;
}

export interface PlacedBlock {
  label: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Layout {
  nodes: PlacedNode[];
  edges: PlacedEdge[];
  blocks: PlacedBlock[];
  width: number;
  height: number;
}

const MARGIN = 28;
/** Above the first boxes, for the title. */
const TOP = 84;
const BOX_WIDTH = 296;
const BOX_HEIGHT = 46;
/** Of boxes with a title alone. */
const FLAT_HEIGHT = 28;
/** Between boxes: room for an arrow and a shape. */
const GAP = 34;
/** Between lines that run down side by side. */
const LANE = 16;
/** Around the boxes of a block, and above them for its label. */
const FRAME = 18;
const FRAME_LABEL = 22;
/** Below the boxes of a block: room for a shape. */
const FRAME_BOTTOM = 27;

/**
 * Places the boxes of a graph: those of the image in a column on the left, all others in one on the right, from top
 * to bottom. An arrow to the next box of a column is straight; one past other boxes runs beside the column, and one
 * between the columns runs down between them.
 */
export function layoutArchitecture({ nodes, blocks }: ArchitectureGraph): Layout {
  const columns = [nodes.filter((node) => node.ofImage), nodes.filter((node) => !node.ofImage)];
  const crossing = edgesOf(nodes).filter(({ from, to }) => from.ofImage !== to.ofImage);
  const sources = [...new Set(crossing.map(({ from }) => from.name))];
  const skips = columns.map((column) => lanesOf(edgesOf(nodes), column));
  const lanes = skips.map((some) => Math.max(0, ...some.values()));
  const left = MARGIN + FRAME + lanes[0] * LANE;
  const between = left + BOX_WIDTH + FRAME + 2 * LANE;
  const xs = columns[0].length > 0 ? [left, between + sources.length * LANE + LANE + FRAME] : [left, left];
  const placed = placeRows(nodes, blocks, xs);
  const of = (name: string) => placed.get(name)!;
  const edges = edgesOf(nodes).map((edge): PlacedEdge => {
    const [a, b] = [of(edge.from.name), of(edge.to.name)];
    const common = { from: a.name, straight: false };
    if (a.ofImage !== b.ofImage) {
      // The upper a line starts, the further right it runs, so that none crosses another.
      const x = between + (sources.length - 1 - sources.indexOf(a.name)) * LANE;
      const entries = crossing.filter(({ to }) => to.name === b.name).map(({ from }) => from.name);
      return {
        ...common,
        points: crossingLine(a, b, x, (entries.indexOf(a.name) + 1) / (entries.length + 1)),
      };
    }
    const lane = skips[a.ofImage ? 0 : 1].get(keyOf(edge));
    if (lane !== undefined) return { ...common, points: sideLine(a, b, lane * LANE) };
    const middle = a.x + a.width / 2;
    return {
      from: a.name,
      straight: true,
      points: [
        [middle, a.y + a.height],
        [middle, b.y],
      ],
    };
  });
  const boxes = [...placed.values()];
  return {
    nodes: boxes,
    edges,
    blocks: blocks.map(({ label, nodes: names }) => frameOf(label, names.map(of))),
    width: xs[1] + BOX_WIDTH + Math.max(FRAME, (lanes[1] + 1) * LANE) + MARGIN,
    height: Math.max(...boxes.map(({ y, height }) => y + height)) + MARGIN,
  };
}

type Points = PlacedEdge['points'];

/** From the right side of a box, down at `x`, to a height of the other box's left side. */
function crossingLine(a: PlacedNode, b: PlacedNode, x: number, share: number): Points {
  const [start, end] = [a.y + a.height / 2, b.y + b.height * share];
  return [
    [a.x + a.width, start],
    [x, start],
    [x, end],
    [b.x, end],
  ];
}

/** Past the boxes between two of a column, outside: left of the image's column, right of the other one. */
function sideLine(a: PlacedNode, b: PlacedNode, distance: number): Points {
  const side = a.ofImage ? a.x : a.x + a.width;
  const x = a.ofImage ? side - distance : side + distance;
  const [start, end] = [a.y + 0.65 * a.height, b.y + 0.35 * b.height];
  return [
    [side, start],
    [x, start],
    [x, end],
    [side, end],
  ];
}

interface Edge {
  from: GraphNode;
  to: GraphNode;
}

const keyOf = ({ from, to }: Edge) => `${from.name} ${to.name}`;

function edgesOf(nodes: readonly GraphNode[]): Edge[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  return nodes.flatMap((to) => to.inputs.map((name) => ({ from: byName.get(name)!, to })));
}

/**
 * For each arrow that passes other boxes of its column the lane beside the column in which it runs, from 1 on; two
 * that overlap have different ones, the shorter one the inner.
 */
function lanesOf(edges: readonly Edge[], column: readonly GraphNode[]): Map<string, number> {
  const spans = edges
    .map(({ from, to }) => ({
      key: keyOf({ from, to }),
      top: column.indexOf(from),
      bottom: column.indexOf(to),
    }))
    .filter(({ top, bottom }) => top >= 0 && bottom > top + 1)
    .sort((a, b) => a.bottom - a.top - (b.bottom - b.top));
  const lanes = new Map<string, number>();
  const taken: (typeof spans)[] = [];
  for (const span of spans) {
    const isFree = (others: typeof spans) =>
      others.every(({ top, bottom }) => bottom <= span.top || top >= span.bottom);
    let lane = taken.findIndex(isFree);
    if (lane < 0) lane = taken.push([]) - 1;
    taken[lane].push(span);
    lanes.set(span.key, lane + 1);
  }
  return lanes;
}

/** Each box below those of its column and below those that lead to it from the other one. */
function placeRows(
  nodes: readonly GraphNode[],
  blocks: ArchitectureGraph['blocks'],
  xs: readonly number[],
): Map<string, PlacedNode> {
  const bottoms = [TOP - GAP, TOP - GAP];
  const placed = new Map<string, PlacedNode>();
  for (const node of nodes) {
    const column = node.ofImage ? 0 : 1;
    const height = isFlat(node) ? FLAT_HEIGHT : BOX_HEIGHT;
    const opensBlock = blocks.some(({ nodes: [first] }) => first === node.name);
    const closedBlock = blocks.some(({ nodes: names }) => {
      const last = placed.get(names[names.length - 1]);
      return last && (last.ofImage ? 0 : 1) === column && last.y + last.height === bottoms[column];
    });
    const others = node.inputs.map((name) => placed.get(name)!).filter((one) => one.ofImage !== node.ofImage);
    const start =
      bottoms[column] + GAP + (opensBlock ? FRAME_LABEL : 0) + (closedBlock ? FRAME_BOTTOM / 2 : 0);
    const y = Math.max(start, ...others.map((other) => other.y + other.height / 2));
    placed.set(node.name, { ...node, x: xs[column], y, width: BOX_WIDTH, height });
    bottoms[column] = y + height;
  }
  return placed;
}

/** Whether a box has a title alone. */
export function isFlat({ type }: GraphNode): boolean {
  return type === 'Add' || type === 'Concatenate';
}

function frameOf(label: string, nodes: readonly PlacedNode[]): PlacedBlock {
  const [first, last] = [nodes[0], nodes[nodes.length - 1]];
  const y = first.y - FRAME_LABEL;
  return {
    label,
    x: first.x - FRAME,
    y,
    width: first.width + 2 * FRAME,
    height: last.y + last.height + FRAME_BOTTOM - y,
  };
}
