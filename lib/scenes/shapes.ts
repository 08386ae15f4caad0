import type { SceneGroup, SceneObject } from './scene';
import { COLORS, type Color, type Kind } from './vocabulary';

/** The tones of a color: its middle, a lighter and a darker one. */
const TONES: Record<Color, { main: string; light: string; dark: string }> = {
  red: { main: '#e01f26', light: '#ff5a50', dark: '#8e0d12' },
  orange: { main: '#ff8a10', light: '#ffb04d', dark: '#b85600' },
  yellow: { main: '#ffd80f', light: '#fff27d', dark: '#b58a00' },
  green: { main: '#1fa53c', light: '#5bdb76', dark: '#0b5c1f' },
  blue: { main: '#1f5be6', light: '#5f98ff', dark: '#0e2f8a' },
  purple: { main: '#8a2bd2', light: '#bd75f5', dark: '#4f127d' },
  white: { main: '#f4f5f9', light: '#ffffff', dark: '#8d93a3' },
  black: { main: '#232327', light: '#55555f', dark: '#000000' },
};

/** Gradients `fill-COLOR` (from light to the color itself) that the shapes are painted with. */
export function shapeGradients(): string {
  return COLORS.map((color) => {
    const { main, light } = TONES[color];
    return (
      `<linearGradient id="fill-${color}" x1="0" y1="0" x2="0.4" y2="1">` +
      `<stop offset="0" stop-color="${light}"/><stop offset="0.45" stop-color="${main}"/>` +
      `<stop offset="1" stop-color="${main}"/></linearGradient>`
    );
  }).join('');
}

const RIPPLES =
  '<path d="M-52 44 q9 -7 17 0 q9 7 17 0 q9 -7 18 0 q9 7 17 0 q9 -7 17 0 q9 7 17 0 Q0 62 -52 44 Z" fill="#3d97ca" opacity="0.9" stroke="none"/>' +
  '<path d="M-52 44 q9 -7 17 0 q9 7 17 0 q9 -7 18 0 q9 7 17 0 q9 -7 17 0 q9 7 17 0" fill="none" stroke="#d5effa"/>';

/** SVG of all objects of a group, each with its shadow on the ground or its ripples on the water. */
export function drawGroup(group: SceneGroup): string {
  return group.objects.map((object) => drawObject(group, object)).join('');
}

function drawObject({ kind, color, level }: SceneGroup, { x, y, size, mirrored }: SceneObject): string {
  const { dark, light, main } = TONES[color];
  const scale = size / 100;
  const below =
    level === 'ground' ? '<ellipse cx="0" cy="48" rx="44" ry="7" fill="#000" opacity="0.25"/>' : '';
  const above = level === 'surface' ? RIPPLES : '';
  const shape = SHAPES[kind]({ fill: `url(#fill-${color})`, main, light, dark });
  return (
    `<g transform="translate(${x} ${y}) scale(${mirrored ? -scale : scale} ${scale})" ` +
    `stroke="${dark}" stroke-width="2.5" stroke-linejoin="round" stroke-linecap="round">` +
    `<g stroke="none">${below}</g>${shape}${above}</g>`
  );
}

/** What a shape is painted with: the gradient of its color and its tones. */
interface Paint {
  fill: string;
  main: string;
  light: string;
  dark: string;
}

/** SVG of each kind in a box from -50 to 50 both ways, standing at y = 48. */
const SHAPES: Record<Kind, (paint: Paint) => string> = {
  ball: ({ fill, dark, light }) =>
    `<circle cx="0" cy="4" r="44" fill="${fill}"/>` +
    `<path d="M-42 -8 Q0 14 42 -8 M-10 -39 Q-34 4 -10 47 M12 -39 Q36 4 12 47" fill="none" stroke="${dark}" stroke-opacity="0.55"/>` +
    `<ellipse cx="-16" cy="-20" rx="11" ry="7" fill="${light}" stroke="none" opacity="0.85"/>`,
  house: ({ fill, main, dark }) =>
    `<path d="M22 -34 V-46 H34 V-22 Z" fill="${dark}"/>` +
    `<rect x="-38" y="-6" width="76" height="54" fill="${fill}"/>` +
    `<path d="M-48 -4 L0 -48 L48 -4 Z" fill="${main}"/><path d="M-48 -4 L0 -48 L48 -4 Z" fill="${dark}" opacity="0.35"/>` +
    `<rect x="-9" y="18" width="18" height="30" fill="#5a3a22" stroke="none"/><circle cx="5" cy="34" r="1.6" fill="#ffd75e" stroke="none"/>` +
    `<g fill="#fff4c4" stroke="#5a3a22" stroke-width="2"><rect x="-31" y="8" width="15" height="15"/><rect x="16" y="8" width="15" height="15"/>` +
    `<path d="M-23.500 8 V23 M-31 15.500 H-16 M23.500 8 V23 M16 15.500 H31"/></g>`,
  tree: ({ fill, light }) =>
    `<path d="M-7 48 L-5 10 H5 L7 48 Z" fill="#7a4a24" stroke="#4b2c13"/>` +
    `<path d="M-18 22 C-42 26 -48 0 -32 -8 C-38 -30 -16 -42 -6 -36 C2 -54 30 -46 28 -28 C46 -24 48 4 32 10 C26 26 6 26 0 18 C-4 24 -12 25 -18 22 Z" fill="${fill}"/>` +
    `<g fill="${light}" stroke="none" opacity="0.55"><circle cx="-16" cy="-20" r="7"/><circle cx="10" cy="-32" r="5"/><circle cx="18" cy="-6" r="6"/></g>`,
  car: ({ fill, light }) =>
    `<path d="M-46 36 Q-50 14 -36 10 L-24 8 L-12 -16 Q-10 -19 -6 -19 H16 Q20 -19 23 -15 L36 8 Q49 11 48 24 V36 Z" fill="${fill}"/>` +
    `<path d="M-15 7 L-6 -11 H3 V7 Z M9 7 V-11 H16 L27 7 Z" fill="#cfeaff" stroke="#39465a" stroke-width="2"/>` +
    `<path d="M6 12 V34 M-1 17 H3" fill="none" stroke-opacity="0.6" stroke-width="2"/><rect x="-48" y="18" width="8" height="7" fill="#fff3b0" stroke="none"/>` +
    `<path d="M-36 14 H32" stroke="${light}" stroke-width="2" stroke-opacity="0.8"/>` +
    `<g fill="#2a2a2e" stroke="#111"><circle cx="-26" cy="37" r="11"/><circle cx="27" cy="37" r="11"/></g>` +
    `<g fill="#c9ccd4" stroke="none"><circle cx="-26" cy="37" r="5"/><circle cx="27" cy="37" r="5"/></g>`,
  flower: ({ fill }) => {
    const petals = [0, 60, 120, 180, 240, 300]
      .map(
        (angle) =>
          `<ellipse cx="0" cy="-21" rx="13" ry="18" fill="${fill}" transform="translate(0 -12) rotate(${angle})"/>`,
      )
      .join('');
    return (
      `<path d="M0 -4 Q4 26 0 48" fill="none" stroke="#2c7a2f" stroke-width="6"/>` +
      `<path d="M1 34 Q14 14 30 20 Q22 38 1 36 Z M0 42 Q-14 24 -28 30 Q-20 46 0 44 Z" fill="#3d9a41" stroke="#2c7a2f"/>` +
      petals +
      `<circle cx="0" cy="-12" r="11" fill="#7b4b1d" stroke="#4d2c0d"/>`
    );
  },
  cat: ({ fill, light, dark }) =>
    `<path d="M26 40 Q50 38 44 12 Q42 2 36 6 Q38 24 22 30 Z" fill="${fill}"/>` +
    `<path d="M-26 48 Q-32 10 0 4 Q32 10 28 48 Z" fill="${fill}"/>` +
    `<path d="M-26 -20 L-28 -48 L-10 -36 H10 L28 -48 L26 -20 Q26 8 0 8 Q-26 8 -26 -20 Z" fill="${fill}"/>` +
    `<path d="M-23 -30 L-24 -41 L-15 -35 Z M23 -30 L24 -41 L15 -35 Z" fill="#f2a0a8" stroke="none"/>` +
    `<g fill="#fdfbe0" stroke="${dark}" stroke-width="1.5"><ellipse cx="-10" cy="-18" rx="6" ry="7"/><ellipse cx="10" cy="-18" rx="6" ry="7"/></g>` +
    `<g fill="#15151a" stroke="none"><ellipse cx="-10" cy="-18" rx="2.200" ry="5.500"/><ellipse cx="10" cy="-18" rx="2.200" ry="5.500"/></g>` +
    `<path d="M-3 -8 H3 L0 -4 Z" fill="#e77f8c" stroke="none"/>` +
    `<path d="M-8 -3 L-34 -8 M-8 0 L-34 2 M8 -3 L34 -8 M8 0 L34 2" fill="none" stroke="${light}" stroke-width="1.500"/>` +
    `<path d="M-8 48 V32 M8 48 V32" fill="none" stroke-width="2"/>`,
  umbrella: ({ fill, dark, light }) =>
    `<path d="M0 -40 V36 Q0 46 -8 46 Q-16 46 -16 38" fill="none" stroke="#4a3526" stroke-width="5"/>` +
    `<path d="M-48 4 Q-44 -42 0 -44 Q44 -42 48 4 Q40 -6 32 2 Q24 -8 16 2 Q8 -8 0 2 Q-8 -8 -16 2 Q-24 -8 -32 2 Q-40 -6 -48 4 Z" fill="${fill}"/>` +
    `<path d="M0 -44 Q-20 -30 -16 2 M0 -44 Q20 -30 16 2" fill="none" stroke="${dark}" stroke-opacity="0.6"/>` +
    `<path d="M-38 -14 Q-32 -32 -16 -37" fill="none" stroke="${light}" stroke-width="4" stroke-opacity="0.8"/>`,
  kite: ({ fill, dark }) =>
    `<path d="M0 22 Q14 28 4 36 Q-8 42 4 48" fill="none" stroke="#6b6b72" stroke-width="2.500"/>` +
    `<path d="M0 -48 L32 -14 L0 24 L-32 -14 Z" fill="${fill}"/>` +
    `<path d="M0 -48 V24 M-32 -14 H32" fill="none" stroke="${dark}" stroke-width="2.500"/>` +
    `<path d="M4 36 L-7 30 L-6 41 Z M4 36 L14 30 L14 41 Z" fill="${fill}"/>`,
  star: ({ fill, light }) =>
    `<path d="M0 -46 L13 -14 L47 -11 L21 11 L29 45 L0 27 L-29 45 L-21 11 L-47 -11 L-13 -14 Z" fill="${fill}"/>` +
    `<path d="M-2 -32 L-9 -9 L-32 -7" fill="none" stroke="${light}" stroke-width="3.500" stroke-opacity="0.9"/>`,
  bird: ({ fill, main, dark }) =>
    `<path d="M26 10 L50 -2 L46 18 Z" fill="${main}"/>` +
    `<path d="M-44 -4 Q-40 -26 -20 -22 Q2 -16 34 12 Q14 38 -14 32 Q-40 26 -38 2 Z" fill="${fill}"/>` +
    `<path d="M-12 2 Q2 -44 40 -42 Q36 -6 12 16 Q-8 18 -12 2 Z" fill="${main}"/><path d="M-12 2 Q2 -44 40 -42 Q36 -6 12 16 Q-8 18 -12 2 Z" fill="${dark}" opacity="0.25"/>` +
    `<path d="M-40 -10 L-50 -2 L-38 2 Z" fill="#f3a51c" stroke="#a56a00" stroke-width="2"/>` +
    `<circle cx="-28" cy="-10" r="5" fill="#fff" stroke-width="1.500"/><circle cx="-29" cy="-10" r="2.400" fill="#111" stroke="none"/>`,
  boat: ({ fill, main, dark }) =>
    `<path d="M2 20 V-48" fill="none" stroke="#5b3b22" stroke-width="5"/>` +
    `<path d="M6 -46 Q38 -20 40 14 H6 Z" fill="${fill}"/><path d="M-2 -36 Q-26 -10 -30 14 H-2 Z" fill="${fill}"/>` +
    `<path d="M-48 20 H48 Q42 46 26 48 H-26 Q-42 46 -48 20 Z" fill="${main}"/><path d="M-46 27 H46" fill="none" stroke="${dark}" stroke-opacity="0.7" stroke-width="3"/>`,
  fish: ({ fill, main, dark, light }) =>
    `<path d="M24 4 L50 -20 Q42 4 50 28 Z" fill="${main}"/><path d="M-14 -22 Q6 -44 22 -24 L14 -12 Z M-4 28 Q8 42 18 34 L12 20 Z" fill="${main}"/>` +
    `<path d="M-50 6 Q-30 -28 2 -26 Q24 -22 34 4 Q22 32 0 34 Q-32 36 -50 6 Z" fill="${fill}"/>` +
    `<path d="M-20 -20 Q-8 4 -20 30 M0 -10 Q8 4 0 18 M14 -8 Q20 4 14 16" fill="none" stroke="${dark}" stroke-opacity="0.6"/>` +
    `<path d="M-34 -8 Q-20 -20 -4 -20" fill="none" stroke="${light}" stroke-width="3"/>` +
    `<circle cx="-34" cy="0" r="6" fill="#fff" stroke-width="1.500"/><circle cx="-35" cy="0" r="3" fill="#111" stroke="none"/>`,
};
