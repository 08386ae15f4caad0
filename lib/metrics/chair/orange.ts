/*
 * "Orange" is a color more often than a fruit. It is taken for the fruit in the plural, and where it stands after an article
 * or the like and no noun follows.
 */

const BEFORE = new Set(
  'a an the one half another single whole sliced peeled cut fresh ripe fruit apple banana of'.split(' '),
);
const ARTICLES = ['a', 'an', 'the', 'some', 'one', 'two', 'three', 'several', 'many'];
const AFTER = new Set([
  ...'in on inside with without next near beside by from at to is was that which being sitting lying'.split(
    ' ',
  ),
  ...'hanging growing cut sliced peeled half apple banana'.split(' '),
  ...ARTICLES,
]);

/**
 * Whether the word at this place means the fruit.
 * @param words of a caption as they are written, "orange" or "oranges" at this place
 */
export function isFruit(words: readonly string[], place: number): boolean {
  if (words[place] === 'oranges') return true;
  if (!BEFORE.has(words[place - 1])) return false;
  const next = words[place + 1];
  if (next === 'and' || next === 'or') return [...ARTICLES, 'apple', 'banana'].includes(words[place + 2]);
  return next === undefined || AFTER.has(next);
}
