/*
 * What drawn scenes are made of, and the words for it. Captions are written from these words, and
 * lib/metrics/scene-accuracy.ts understands captions by them.
 */

export const COLORS = ['red', 'orange', 'yellow', 'green', 'blue', 'purple', 'white', 'black'] as const;
export type Color = (typeof COLORS)[number];

export const KINDS = [
  'ball', 'house', 'tree', 'car', 'flower', 'cat', 'umbrella', 'kite', 'star', 'bird', 'boat', 'fish',
] as const; // prettier-ignore
export type Kind = (typeof KINDS)[number];

export const BACKGROUNDS = ['field', 'beach', 'night', 'snow', 'sea', 'room'] as const;
export type Background = (typeof BACKGROUNDS)[number];

/** Where an object belongs: on the ground, in the air, on the water's surface or below it. */
export type Level = 'air' | 'ground' | 'surface' | 'underwater';

export const COUNT_WORDS = { 1: 'one', 2: 'two', 3: 'three' } as const;
export type Count = keyof typeof COUNT_WORDS;

/** Words of one kind of object: its plural, and what it does (singular and plural verb). */
export interface KindWords {
  plural: string;
  verbs: readonly (readonly [singular: string, plural: string])[];
}

export const KIND_WORDS: Record<Kind, KindWords> = {
  ball: { plural: 'balls', verbs: [['lies', 'lie']] },
  house: { plural: 'houses', verbs: [['stands', 'stand']] },
  tree: { plural: 'trees', verbs: [['stands', 'stand'], ['grows', 'grow']] },
  car: { plural: 'cars', verbs: [['is parked', 'are parked']] },
  flower: { plural: 'flowers', verbs: [['grows', 'grow'], ['blooms', 'bloom']] },
  cat: { plural: 'cats', verbs: [['sits', 'sit']] },
  umbrella: { plural: 'umbrellas', verbs: [['stands', 'stand']] },
  kite: { plural: 'kites', verbs: [['flies', 'fly']] },
  star: { plural: 'stars', verbs: [['shines', 'shine']] },
  bird: { plural: 'birds', verbs: [['flies', 'fly']] },
  boat: { plural: 'boats', verbs: [['floats', 'float'], ['sails', 'sail']] },
  fish: { plural: 'fish', verbs: [['swims', 'swim']] },
}; // prettier-ignore

/** What may be drawn before a background, by level; and colors that it would hide. */
export interface BackgroundRules {
  kinds: Partial<Record<Level, readonly Kind[]>>;
  hides: readonly Color[];
}

export const BACKGROUND_RULES: Record<Background, BackgroundRules> = {
  field: {
    kinds: {
      ground: ['ball', 'house', 'tree', 'car', 'flower', 'cat', 'umbrella'],
      air: ['kite', 'bird', 'star'],
    },
    hides: ['green'],
  },
  beach: {
    kinds: { ground: ['ball', 'house', 'car', 'cat', 'umbrella', 'boat'], air: ['kite', 'bird'] },
    hides: ['yellow', 'white'],
  },
  night: {
    kinds: { ground: ['house', 'tree', 'car', 'cat', 'flower', 'ball'], air: ['star', 'kite'] },
    hides: ['black', 'blue', 'purple'],
  },
  snow: {
    kinds: { ground: ['house', 'tree', 'car', 'cat', 'ball', 'umbrella'], air: ['bird', 'star'] },
    hides: ['white'],
  },
  sea: { kinds: { surface: ['boat', 'ball'], underwater: ['fish'], air: ['kite', 'bird'] }, hides: ['blue'] },
  room: {
    kinds: { ground: ['ball', 'cat', 'flower', 'umbrella', 'car'], air: ['bird', 'star'] },
    hides: ['orange'],
  },
};

/** Phrases that say where something of a level is, by background. None names an object or a color. */
export const BACKGROUND_PHRASES: Record<Background, Partial<Record<Level, readonly string[]>>> = {
  field: {
    ground: ['on the grass', 'in a grassy field', 'in a meadow'],
    air: ['over the grass', 'over a grassy field', 'over a meadow'],
  },
  beach: {
    ground: ['on the beach', 'on the sand', 'on a sandy beach'],
    air: ['over the beach', 'over the sand', 'over a sandy beach'],
  },
  night: {
    ground: ['at night', 'under the night sky', 'in the moonlight'],
    air: ['at night', 'in the night sky', 'in the moonlight'],
  },
  snow: {
    ground: ['in the snow', 'on a snowy day', 'on the snowy ground'],
    air: ['over the snow', 'on a snowy day', 'over the snowy ground'],
  },
  sea: {
    surface: ['on the water', 'on the sea', 'on the calm water'],
    underwater: ['in the water', 'in the sea', 'in the calm water'],
    air: ['over the water', 'over the sea', 'over the calm water'],
  },
  room: {
    ground: ['in a room', 'inside a room', 'on the floor of a room'],
    air: ['in a room', 'inside a room', 'in the air of a room'],
  },
};

/** The words by which a background is known in a caption. */
export const BACKGROUND_WORDS: Record<Background, readonly string[]> = {
  field: ['grass', 'grassy', 'field', 'meadow'],
  beach: ['beach', 'sand', 'sandy'],
  night: ['night', 'moonlight'],
  snow: ['snow', 'snowy'],
  sea: ['water', 'sea'],
  room: ['room'],
};
