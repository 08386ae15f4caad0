import type { Attribute } from '../execute';
import type { GraphNode, Recording } from './recorder';

type Operation = Extract<GraphNode, { kind: 'operation' }>;

/** Up to so many rows MatMul is faster, and up to so many where its second matrix is not transposed. */
const rowsAtMost = { transposed: 16, plain: 256 };

/**
 * The same graph with products of matrices that have few rows as MatMul. tfjs-node asks for BatchMatMulV2 even there, which
 * takes up to twice the time; with many rows it is as fast or faster.
 */
export function withPlainMatmuls(recording: Recording): Recording {
  const nodes = recording.nodes.map((node) =>
    node.kind === 'operation' && node.op === 'BatchMatMulV2' && isSmall(node) ? plain(node) : node,
  );
  return { ...recording, nodes };
}

function isSmall({ shapes: [shape], attributes }: Operation): boolean {
  const transposed = attributes.some(({ name, value }) => name === 'adj_y' && value === true);
  return shape.length === 2 && shape[0] <= rowsAtMost[transposed ? 'transposed' : 'plain'];
}

const names: Record<string, string> = { adj_x: 'transpose_a', adj_y: 'transpose_b' };

function plain(node: Operation): Operation {
  const renamed = (one: Attribute) => ({ ...one, name: names[one.name] ?? one.name });
  return { ...node, op: 'MatMul', attributes: node.attributes.map(renamed) };
}
