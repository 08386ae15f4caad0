import { Random } from '../random';
import {
  BACKGROUNDS, BACKGROUND_RULES, COLORS, type Background, type Color, type Count, type Kind, type Level,
} from './vocabulary'; // prettier-ignore

/** Side of a scene's image in pixels. */
export const SCENE_SIZE = 224;

/** Raised whenever the same seed would draw or describe something else, so that no stale file is used. */
export const SCENE_VERSION = 1;

/** One drawn object: its middle and its size (side of its box) in pixels. */
export interface SceneObject {
  x: number;
  y: number;
  size: number;
  mirrored: boolean;
}

export type Place = 'left' | 'middle' | 'right' | 'top' | 'bottom';

/** One to three objects of the same kind and color, side by side. */
export interface SceneGroup {
  kind: Kind;
  color: Color;
  count: Count;
  level: Level;
  /** Where in the image, unless the group spans its middle. */
  place?: Place;
  objects: SceneObject[];
}

/** The content of one image: one group of objects, or two of different kinds. */
export interface Scene {
  /** The image's file name. */
  id: string;
  background: Background;
  groups: SceneGroup[];
  /** How the first of two groups lies to the second. */
  relation?: 'left of' | 'above';
}

/** The file name of a scene's image; scenes of other seeds and versions have other names. */
export function sceneId(seed: number, index: number): string {
  return `scene-v${SCENE_VERSION}-s${seed}-${String(index).padStart(5, '0')}.jpg`;
}

/** Scene number `index` of a seed: the same for the same two numbers, however many scenes are made. */
export function makeScene(seed: number, index: number): Scene {
  const random = new Random(seed, 'scene', index);
  const background = random.pick(BACKGROUNDS);
  const scene = { id: sceneId(seed, index), background };
  const layout = random.next();
  if (layout < 0.45) return { ...scene, groups: [oneGroup(random, background)] };
  const relation = layout < 0.75 ? 'left of' : 'above';
  return {
    ...scene,
    relation,
    groups: relation === 'above' ? stacked(random, background) : sideBySide(random, background),
  };
}

/** A single group: one object at the left, in the middle or at the right, or two or three in a row. */
function oneGroup(random: Random, background: Background): SceneGroup {
  const level = pickLevel(random, background);
  const count = random.pick([1, 1, 2, 3] as const);
  const group = describeGroup(random, background, level, count);
  if (count > 1) return { ...group, objects: row(random, level, count, 'alone') };
  const place = random.pick(['left', 'middle', 'right'] as const);
  const x = { left: 0.28, middle: 0.5, right: 0.72 }[place] * SCENE_SIZE;
  return { ...group, place, objects: [placeObject(random, level, x, 110)] };
}

/** Two groups on the same level, three objects at most. */
function sideBySide(random: Random, background: Background): SceneGroup[] {
  const { kinds } = BACKGROUND_RULES[background];
  // Under water there is only one kind.
  const level = pickLevel(
    random,
    background,
    levelsOf(background).filter((name) => (kinds[name] ?? []).length > 1),
  );
  const [first, second] = random.pick([[1, 1], [1, 1], [2, 1], [1, 2]] as [Count, Count][]); // prettier-ignore
  const left = describeGroup(random, background, level, first);
  const right = describeGroup(random, background, level, second, left);
  const objects = row(random, level, first + second, 'alone');
  return [
    { ...left, place: 'left', objects: objects.slice(0, first) },
    { ...right, place: 'right', objects: objects.slice(first) },
  ];
}

/** A group in the upper half above another in the lower half. */
function stacked(random: Random, background: Background): SceneGroup[] {
  const levels: [Level, Level] =
    background === 'sea'
      ? random.pick([['air', 'surface'], ['air', 'underwater'], ['surface', 'underwater']] as [Level, Level][]) // prettier-ignore
      : ['air', 'ground'];
  const counts = random.pick([[1, 1], [1, 1], [2, 1], [1, 2], [3, 1], [1, 3], [2, 2]] as [Count, Count][]); // prettier-ignore
  const upper = describeGroup(random, background, levels[0], counts[0]);
  const lower = describeGroup(random, background, levels[1], counts[1], upper);
  return [
    { ...upper, place: 'top', objects: row(random, levels[0], counts[0], 'upper') },
    { ...lower, place: 'bottom', objects: row(random, levels[1], counts[1], 'lower') },
  ];
}

const levelsOf = (background: Background): Level[] =>
  Object.keys(BACKGROUND_RULES[background].kinds) as Level[];

/** Levels in proportion to the number of kinds that they hold. */
function pickLevel(random: Random, background: Background, levels = levelsOf(background)): Level {
  const { kinds } = BACKGROUND_RULES[background];
  return random.pick(levels.flatMap((level) => (kinds[level] ?? []).map(() => level)));
}

/** Kind and color of a group, other than those of the group beside it. */
function describeGroup(
  random: Random,
  background: Background,
  level: Level,
  count: Count,
  other?: Pick<SceneGroup, 'kind' | 'color'>,
): Omit<SceneGroup, 'objects'> {
  const { kinds, hides } = BACKGROUND_RULES[background];
  const kind = random.pick((kinds[level] ?? []).filter((name) => name !== other?.kind));
  const color = random.pick(COLORS.filter((name) => !hides.includes(name) && name !== other?.color));
  return { kind, color, count, level };
}

/** Objects side by side in equal slots; rows above one another are lower than a row alone. */
function row(random: Random, level: Level, count: number, where: 'alone' | 'upper' | 'lower'): SceneObject[] {
  const slot = SCENE_SIZE / count;
  const size = Math.min(where === 'alone' ? 100 : 88, slot * 0.9);
  return Array.from({ length: count }, (_, i) => placeObject(random, level, slot * (i + 0.5), size, where));
}

/** One object at about this place, a little off and a little larger or smaller. */
function placeObject(
  random: Random,
  level: Level,
  x: number,
  size: number,
  where: 'alone' | 'upper' | 'lower' = 'alone',
): SceneObject {
  const scaled = size * (0.94 + 0.1 * random.next());
  const floor = {
    ground: 208,
    surface: where === 'upper' ? 118 : 176,
    underwater: 206,
    air: where === 'alone' ? 130 : 100,
  };
  const jitter = (range: number): number => (random.next() - 0.5) * range;
  return {
    x: Math.round(x + jitter(8)),
    y: Math.round(floor[level] - scaled / 2 + jitter(8)),
    size: Math.round(scaled),
    mirrored: random.next() < 0.5,
  };
}
