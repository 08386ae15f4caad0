/*
 * The last word of a phrase that names no object may be a verb: "a bus stops" shows a bus, "a bus stop" none, and in "zebras
 * crossing a road" there are zebras.
 */

const VERBS = new Set('stops walks parks docks launches slips trails'.split(' '));
/** Verbs if something follows that a noun is not followed by. */
const VERBS_BEFORE = new Map([
  ['shows', new Set('a an the some two three several people'.split(' '))],
  ['crossing', new Set('a an the some this over under through railroad dirt'.split(' '))],
]);

/**
 * Whether the word at this place is a verb, where it could be the last one of a phrase.
 * @param words of a caption as they are written
 */
export function isVerb(words: readonly string[], place: number): boolean {
  const word = words[place];
  return VERBS.has(word) || (VERBS_BEFORE.get(word)?.has(words[place + 1]) ?? false);
}
