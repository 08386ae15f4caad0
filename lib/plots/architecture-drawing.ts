import type { Architecture } from '../captioners/architecture';
import { escapeMarkup } from '../html';
import { architectureGraph, type GraphNode } from './architecture-graph';
import {
  isFlat,
  layoutArchitecture,
  type PlacedBlock,
  type PlacedEdge,
  type PlacedNode,
} from './architecture-layout';
import { colors, layerColor } from './colors';
import { FONTS } from './svg';

const CORNER = 7;

/**
 * A captioner's layers as SVG, from its inputs on top to its outputs below: what belongs to the image stands left, what
 * depends on the tokens right; blocks that are repeated are drawn once. Beside the arrows stand the shapes.
 */
export function drawArchitecture(architecture: Architecture, title: string): string {
  const { nodes, edges, blocks, width, height } = layoutArchitecture(architectureGraph(architecture));
  const parameters = (architecture.trainable + architecture.nonTrainable).toLocaleString('en');
  const text = (x: number, y: number, content: string, attributes: string) =>
    `<text x="${x}" y="${y}" ${attributes}>${escapeMarkup(content)}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${FONTS}">`,
    `<title>${escapeMarkup(title)}</title>`,
    `<defs><marker id="arrow" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0.5 8 4 0 7.5z" fill="${colors.axis}"/></marker></defs>`,
    `<rect width="${width}" height="${height}" rx="12" fill="${colors.background}"/>`,
    text(28, 36, title, `font-size="17" font-weight="600" fill="${colors.text}"`),
    text(28, 58, `${parameters} parameters`, `font-size="12.5" fill="${colors.muted}"`),
    ...blocks.map(drawBlock),
    ...edges.map(drawEdge),
    ...nodes.map((node) => drawNode(node)),
    ...shapeLabels(nodes, edges),
    '</svg>',
    '',
  ].join('\n');
}

function drawBlock({ label, x, y, width, height }: PlacedBlock): string {
  return (
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="10" fill="${colors.frame}" stroke="${colors.grid}"/>` +
    `<text x="${x + 10}" y="${y + 15}" font-size="11" font-weight="600" fill="${colors.muted}">${escapeMarkup(label)}</text>`
  );
}

function drawEdge({ points }: PlacedEdge): string {
  const [start, ...others] = points;
  const ends = others.map(([x, y], i) => {
    const next = others[i + 1] as [number, number] | undefined;
    if (!next) return `L${x} ${y}`;
    // A rounded corner, from a little before it to a little after it.
    const [from, to] = [points[i], next];
    const [a, b] = [towards([x, y], from), towards([x, y], to)];
    return `L${a[0]} ${a[1]}Q${x} ${y} ${b[0]} ${b[1]}`;
  });
  return `<path d="M${start[0]} ${start[1]}${ends.join('')}" fill="none" stroke="${colors.axis}" stroke-width="1.4" marker-end="url(#arrow)"/>`;
}

/** The point on the way from a corner to another point where its rounding ends. */
function towards([x, y]: [number, number], [toX, toY]: [number, number]): [number, number] {
  const distance = Math.hypot(toX - x, toY - y);
  const share = distance === 0 ? 0 : Math.min(CORNER, distance / 2) / distance;
  return [round(x + (toX - x) * share), round(y + (toY - y) * share)];
}

const round = (value: number) => Math.round(value * 10) / 10;

function drawNode(node: PlacedNode): string {
  const { x, y, width, height, name, type, detail } = node;
  const { fill, stroke } = layerColor(type);
  const isEnd = type === 'Input' || type === 'Output';
  const box = `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${isEnd ? height / 2 : 8}" fill="${fill}" stroke="${stroke}"/>`;
  const middle = x + width / 2;
  if (isFlat(node)) {
    const label = type === 'Add' ? '+ Add' : [type, detail].filter(Boolean).join(', ');
    return `${box}<text x="${middle}" y="${y + height / 2 + 4}" text-anchor="middle" font-size="12" fill="${colors.text}">${escapeMarkup(label)}</text>`;
  }
  if (isEnd) {
    return (
      `${box}<text x="${middle}" y="${y + 19}" text-anchor="middle" font-size="13" font-weight="600" fill="${colors.text}">${escapeMarkup(name)}</text>` +
      `<text x="${middle}" y="${y + 36}" text-anchor="middle" font-size="11.5" fill="${colors.muted}">${escapeMarkup(shapeText(node))}</text>`
    );
  }
  const below = [name, detail].filter(Boolean).join(' · ');
  return (
    `${box}<text x="${x + 12}" y="${y + 19}" font-size="13" font-weight="600" fill="${colors.text}">${escapeMarkup(spaced(type))}</text>` +
    `<text x="${x + width - 12}" y="${y + 19}" text-anchor="end" font-size="11.5" fill="${colors.muted}">${escapeMarkup(parametersText(node))}</text>` +
    `<text x="${x + 12}" y="${y + 36}" font-size="11.5" fill="${colors.muted}">${escapeMarkup(below)}</text>`
  );
}

/** Each box's output shape: below it where an arrow leads down to the next box, else on the arrow beside it. */
function shapeLabels(nodes: readonly PlacedNode[], edges: readonly PlacedEdge[]): string[] {
  return nodes.flatMap((node) => {
    if (node.type === 'Input' || node.type === 'Output') return [];
    const { x, y, width, height } = node;
    const isStraight = edges.some(({ from, straight }) => from === node.name && straight);
    const [left, top, anchor] = isStraight
      ? [x + width / 2 + 8, y + height + 21, 'start']
      : [x + width - 4, y + height + 15, 'end'];
    return `<text x="${left}" y="${top}" text-anchor="${anchor}" font-size="11" fill="${colors.muted}">${escapeMarkup(shapeText(node))}</text>`;
  });
}

const shapeText = ({ shape }: GraphNode) =>
  shape.map((size) => (typeof size === 'number' ? size.toLocaleString('en') : size)).join(' × ');

function parametersText({ parameters, tied }: GraphNode): string {
  const count = parameters > 0 ? parameters.toLocaleString('en') : '';
  return tied ? [count, 'tied'].filter(Boolean).join(' + ') : count;
}

/** 'MultiHeadAttention' as words: 'Multi-head attention'; 'LSTM' stays. */
function spaced(type: string): string {
  return type
    .replace('MultiHead', 'Multi-head')
    .replace(/([a-z])([A-Z])(?=[a-z])/g, (_, end: string, start: string) => `${end} ${start.toLowerCase()}`)
    .replace(/([a-z])([A-Z])/g, '$1 $2');
}
