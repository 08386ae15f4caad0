import type { Place } from './scene';
import { COLORS, COUNT_WORDS, KINDS, KIND_WORDS, type Color, type Kind } from './vocabulary';
import { SPECIAL_TOKENS, OOV, splitWords } from '../tokenizer';

/** An object that a caption names, with the words before it that say more about it. */
export interface Mention {
  /** Undefined: an unknown word, which is nothing that was drawn. */
  kind: Kind | undefined;
  colors: Color[];
  /** From "a", "one", "two" … before the noun; undefined if there is no such word. */
  count: number | undefined;
  /** `either` for "fish", which has one form. */
  noun: 'singular' | 'plural' | 'either';
}

export type RelationName = 'left of' | 'right of' | 'above' | 'below' | 'beside';

/** The statements of a caption, before they are compared with a scene. Mentions are referred to by their index. */
export interface SceneStatement {
  words: string[];
  mentions: Mention[];
  /** Colors that stand before no object. */
  looseColors: Color[];
  /** A relation whose subject or object is not named has none. */
  relations: { name: RelationName; subject: number | undefined; object: number | undefined }[];
  places: { place: Place; mention: number | undefined }[];
}

/** The position of a mention in the caption: from its first modifier to its noun. */
interface Span {
  start: number;
  end: number;
}

const NOUNS = new Map<string, { kind: Kind | undefined; noun: Mention['noun'] }>([
  ...KINDS.map((kind) => [kind, { kind, noun: 'singular' }] as const),
  ...KINDS.map(
    (kind) =>
      [
        KIND_WORDS[kind].plural,
        { kind, noun: kind === KIND_WORDS[kind].plural ? 'either' : 'plural' },
      ] as const,
  ),
  ...splitWords(SPECIAL_TOKENS[OOV]).map((word) => [word, { kind: undefined, noun: 'either' }] as const),
]);

const COUNTS = new Map<string, number>([
  ['a', 1],
  ['an', 1],
  ...Object.entries(COUNT_WORDS).map(([count, word]) => [word, Number(count)] as const),
]);

const RELATIONS: readonly (readonly [string, RelationName])[] = [
  ['left of', 'left of'],
  ['right of', 'right of'],
  ['above', 'above'],
  ['over', 'above'],
  ['below', 'below'],
  ['under', 'below'],
  ['beneath', 'below'],
  ['next to', 'beside'],
  ['beside', 'beside'],
];

const PLACES: readonly (readonly [string, Place])[] = [
  ['on the left', 'left'],
  ['on the right', 'right'],
  ['in the middle', 'middle'],
  ['at the top', 'top'],
  ['at the bottom', 'bottom'],
];

const isColor = (word: string): word is Color => (COLORS as readonly string[]).includes(word);

/** Finds the objects, colors, counts, relations and places in a caption. */
export function readSceneCaption(caption: string): SceneStatement {
  const words = splitWords(caption);
  const mentions: Mention[] = [];
  const spans: Span[] = [];
  words.forEach((word, end) => {
    const noun = NOUNS.get(word);
    if (!noun) return;
    let start = end;
    const colors: Color[] = [];
    while (isColor(words[start - 1] ?? '')) colors.unshift(words[--start] as Color);
    const count = COUNTS.get(words[start - 1]);
    if (count !== undefined || words[start - 1] === 'the') start--;
    mentions.push({ ...noun, colors, count });
    spans.push({ start, end });
  });
  const inMention = (i: number): boolean => spans.some(({ start, end }) => i >= start && i <= end);
  return {
    words,
    mentions,
    looseColors: words.filter((word, i): word is Color => isColor(word) && !inMention(i)),
    relations: findRelations(words, spans),
    places: findPlaces(words, spans),
  };
}

/**
 * A relation word directly before an object ("above a red ball"), whose subject is the object named
 * before it, or, at the start of a caption, the one after. "above", "below" and "… of" without an
 * object behind them are relations too, to nothing; "over the grass" and "under the sky" are none.
 */
function findRelations(words: string[], spans: Span[]): SceneStatement['relations'] {
  return RELATIONS.flatMap(([phrase, name]) =>
    occurrences(words, phrase).flatMap(({ start, end }): SceneStatement['relations'] => {
      const object = indexOf(spans, (span) => span.start === end + 1);
      const before = spans.filter((span) => span.end < start).length - 1;
      if (object === undefined)
        return phrase === 'over' || phrase === 'under' ? [] : [{ name, subject: undefined, object }];

      const subject = before >= 0 ? before : object + 1;
      return [{ name, subject: subject < spans.length ? subject : undefined, object }];
    }),
  );
}

/**
 * A place belongs to the object that follows it at once ("on the left there is a ball"), else to the one
 * named before it.
 */
function findPlaces(words: string[], spans: Span[]): SceneStatement['places'] {
  return PLACES.flatMap(([phrase, place]) =>
    occurrences(words, phrase)
      .filter(({ end }) => words[end + 1] !== 'of')
      .map(({ start, end }) => {
        let next = end + 1;
        if (words[next] === 'side') next++;
        if (words[next] === 'there') next += 2; // there is, there are
        const after = indexOf(spans, (span) => span.start === next);
        const before = spans.filter((span) => span.end < start).length - 1;
        return { place, mention: after ?? (before >= 0 ? before : undefined) };
      }),
  );
}

/** Where a phrase occurs: the indexes of its first and last word. */
function occurrences(words: string[], phrase: string): Span[] {
  const parts = phrase.split(' ');
  return words.flatMap((_, start) =>
    parts.every((part, i) => words[start + i] === part) ? [{ start, end: start + parts.length - 1 }] : [],
  );
}

function indexOf<T>(items: readonly T[], test: (item: T) => boolean): number | undefined {
  const index = items.findIndex(test);
  return index < 0 ? undefined : index;
}
