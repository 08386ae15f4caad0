import type { Random } from '../random';
import { SCENE_SIZE } from './scene';
import type { Background } from './vocabulary';

/**
 * SVG of a background, a little different each time. Nothing in it is of a kind that captions name.
 */
export function drawBackground(background: Background, random: Random): string {
  return PAINTERS[background](random);
}

const S = SCENE_SIZE;

/** A gradient from top to bottom over the rectangle between two heights. */
function band(id: string, top: number, bottom: number, colors: string[]): string {
  const stops = colors
    .map((color, i) => `<stop offset="${i / (colors.length - 1)}" stop-color="${color}"/>`)
    .join('');
  return (
    `<linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1">${stops}</linearGradient>` +
    `<rect x="0" y="${top}" width="${S}" height="${bottom - top}" fill="url(#${id})"/>`
  );
}

const between = (random: Random, low: number, high: number): number =>
  Math.round(low + (high - low) * random.next());

/** A soft round glow with a bright middle: the sun or the moon, in one of the upper corners. */
function light(random: Random, color: string, glow: string, radius: number): string {
  const x = random.next() < 0.5 ? between(random, 18, 44) : S - between(random, 18, 44);
  const y = between(random, 18, 34);
  return (
    `<radialGradient id="glow"><stop offset="0" stop-color="${glow}" stop-opacity="0.9"/>` +
    `<stop offset="1" stop-color="${glow}" stop-opacity="0"/></radialGradient>` +
    `<circle cx="${x}" cy="${y}" r="${radius * 3}" fill="url(#glow)"/><circle cx="${x}" cy="${y}" r="${radius}" fill="${color}"/>`
  );
}

/** A few flat clouds of overlapping ellipses. */
function clouds(random: Random, color: string, opacity: number, count = 3): string {
  return Array.from({ length: count }, () => {
    const x = between(random, 0, S);
    const y = between(random, 14, 74);
    const size = between(random, 8, 15);
    return (
      `<g fill="${color}" opacity="${opacity}"><ellipse cx="${x}" cy="${y}" rx="${size * 2.2}" ry="${size * 0.6}"/>` +
      `<ellipse cx="${x - size * 0.7}" cy="${y - size * 0.4}" rx="${size}" ry="${size * 0.6}"/>` +
      `<ellipse cx="${x + size * 0.5}" cy="${y - size * 0.6}" rx="${size * 1.1}" ry="${size * 0.8}"/></g>`
    );
  }).join('');
}

/** Rolling hills whose ridge lies about at the given height, 30 pixels below it at most. */
function hills(random: Random, height: number, color: string): string {
  const a = height + between(random, -14, 10);
  const b = height + between(random, -14, 10);
  const c = height + between(random, -10, 10);
  return `<path d="M0 ${a} Q56 ${a - 24} 112 ${b} T${S} ${c} V${S} H0 Z" fill="${color}"/>`;
}

/** Short strokes scattered over the ground: grass, ripples, footprints of the wind. */
function strokes(
  random: Random,
  count: number,
  top: number,
  path: (x: number, y: number) => string,
  style: string,
): string {
  const marks = Array.from({ length: count }, () => path(between(random, 0, S), between(random, top, S - 4)));
  return `<path d="${marks.join(' ')}" fill="none" ${style}/>`;
}

const PAINTERS: Record<Background, (random: Random) => string> = {
  field: (random) =>
    band('sky', 0, S - 60, ['#7cc4f5', '#d9f0fd']) +
    light(random, '#fff6cf', '#fff3b0', 13) +
    clouds(random, '#ffffff', 0.85) +
    hills(random, 128, '#a5d68a') +
    hills(random, 142, '#8cc96c') +
    band('grass', 160, S, ['#86c95f', '#63ad45']) +
    strokes(
      random,
      60,
      164,
      (x, y) => `M${x} ${y} l2 -6 l2 6`,
      'stroke="#4c9434" stroke-width="1.2" opacity="0.7"',
    ),
  beach: (random) =>
    band('sky', 0, 120, ['#8fd3f4', '#e4f6fb']) +
    light(random, '#fffbe2', '#fff0b3', 14) +
    clouds(random, '#ffffff', 0.8, 2) +
    band('sea', 108, 146, ['#3fb1c9', '#8fe0e2']) +
    `<path d="M0 ${between(random, 138, 146)} Q60 ${between(random, 130, 138)} 120 142 T${S} 138 V${S} H0 Z" fill="#ffffff" opacity="0.9"/>` +
    `<path d="M0 147 Q60 138 120 146 T${S} 142 V${S} H0 Z" fill="#f3deac"/>` +
    band('sand', 156, S, ['#f3deac', '#e3c385']) +
    strokes(
      random,
      26,
      162,
      (x, y) => `M${x} ${y} q6 -3 12 0`,
      'stroke="#cfae6d" stroke-width="1.3" opacity="0.7"',
    ),
  night: (random) =>
    band('sky', 0, S - 36, ['#070d2e', '#1b2a66', '#3b4a90']) +
    light(random, '#e9edff', '#aebcff', 12) +
    clouds(random, '#5b6cb5', 0.35, 2) +
    hills(random, 146, '#18244f') +
    hills(random, 160, '#111a3b') +
    band('ground', 174, S, ['#111a3b', '#0a1029']),
  snow: (random) =>
    band('sky', 0, S - 58, ['#a9bdd2', '#e3ebf3']) +
    clouds(random, '#f4f7fb', 0.9) +
    hills(random, 134, '#dfe8f2') +
    hills(random, 152, '#ecf2f8') +
    band('ground', 166, S, ['#f3f7fb', '#d9e4ef']) +
    `<g fill="#ffffff">${Array.from({ length: 45 }, () => `<circle cx="${between(random, 0, S)}" cy="${between(random, 0, S)}" r="${1 + random.next() * 1.6}"/>`).join('')}</g>`,
  sea: (random) =>
    band('sky', 0, 112, ['#ffd9b0', '#fff1df']) +
    light(random, '#fffbe8', '#ffe9b8', 14) +
    clouds(random, '#ffffff', 0.75, 2) +
    band('water', 100, S, ['#4aa9d6', '#1c6fae', '#114c86']) +
    strokes(
      random,
      30,
      106,
      (x, y) => `M${x} ${y} q5 -4 10 0 q5 4 10 0`,
      'stroke="#bfe6f7" stroke-width="1.4" opacity="0.55"',
    ),
  room: (random) => {
    const window = between(random, 20, 130);
    return (
      band('wall', 0, 160, ['#d5e2dd', '#c3d5ce']) +
      `<g stroke="#b5c9c1" stroke-width="1"><path d="${[28, 56, 84, 112, 140, 168, 196].map((x) => `M${x} 0 V156`).join(' ')}"/></g>` +
      `<rect x="${window}" y="16" width="66" height="72" fill="#f9fbfa" stroke="#9fb3ab" stroke-width="2"/>` +
      `<rect x="${window + 6}" y="22" width="54" height="60" fill="#cfe8f7"/>` +
      `<path d="M${window + 33} 22 V82 M${window + 6} 52 H${window + 60}" stroke="#f9fbfa" stroke-width="4"/>` +
      `<rect x="0" y="154" width="${S}" height="9" fill="#f4f1ea"/>` +
      band('floor', 163, S, ['#a97c55', '#8d6443']) +
      `<path d="M0 178 H${S} M0 198 H${S} M40 163 V178 M130 163 V178 M84 178 V198 M180 178 V198 M30 198 V${S} M140 198 V${S}" stroke="#7a5436" stroke-width="1.2"/>`
    );
  },
};
