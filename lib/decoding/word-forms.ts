/** Plurals that follow no rule, of nouns that captions are full of. */
const IRREGULAR: readonly (readonly [singular: string, plural: string])[] = [
  ['man', 'men'],
  ['woman', 'women'],
  ['child', 'children'],
  ['person', 'people'],
  ['foot', 'feet'],
  ['tooth', 'teeth'],
  ['goose', 'geese'],
  ['mouse', 'mice'],
  ['ox', 'oxen'],
];
/** Shorter words are no nouns with a plural: "it" and "its", "a" and "as". */
const SHORTEST = 3;

/**
 * The word with its singular and plural, of those that occur in a vocabulary: English nouns by rule, and the usual
 * exceptions. A verb's form in -s ("run", "runs") is found by the same rule.
 */
export function singularAndPlural(word: string, isKnown: (word: string) => boolean): string[] {
  const forms = new Set([word, ...pluralsOf(word), ...singularsOf(word)]);
  return [...forms].filter((form) => isKnown(form) && (form === word || form.length >= SHORTEST));
}

function pluralsOf(word: string): string[] {
  const irregular = IRREGULAR.find(([singular]) => singular === word);
  if (irregular) return [irregular[1]];
  if (word.length < SHORTEST) return [];
  if (word.endsWith('man')) return [word.replace(/an$/, 'en'), `${word}s`]; // fireman, human
  if (/[^aeiou]y$/.test(word)) return [word.replace(/y$/, 'ies')];
  if (/(?:[sxz]|ch|sh)$/.test(word)) return [`${word}es`];
  if (word.endsWith('o')) return [`${word}s`, `${word}es`];
  return [`${word}s`, ...(/fe?$/.test(word) ? [word.replace(/fe?$/, 'ves')] : [])];
}

/** Every word that has this one among its plurals. */
function singularsOf(word: string): string[] {
  const stems = [
    ...IRREGULAR.filter(([, plural]) => plural === word).map(([singular]) => singular),
    word.replace(/men$/, 'man'),
    word.replace(/ies$/, 'y'),
    word.replace(/ves$/, 'f'),
    word.replace(/ves$/, 'fe'),
    word.replace(/es$/, ''),
    word.replace(/s$/, ''),
  ];
  return stems.filter((stem) => stem !== word && pluralsOf(stem).includes(word));
}
