/** Edits that a slip of the fingers makes, as a share of the length. */
const MOST_EDITS = 1 / 3;
/** Letters that two names must have in common to be near by a word. */
const SHORTEST_WORD = 4;

/**
 * The name that was most likely meant: written in another way (`batch-size`), begun (`batch`), short for it (`lr`), misspelled
 * (Levenshtein 1966), or with a word in common (`beamSize`).
 * @returns undefined where none is near; of several that are as near, the first
 */
export function nearestName(typed: string, names: readonly string[]): string | undefined {
  const text = lettersOf(typed);
  if (text === '') return undefined;
  const shortestFirst = [...names].sort((a, b) => a.length - b.length);
  return (
    names.find((name) => lettersOf(name) === text) ??
    shortestFirst.find((name) => lettersOf(name).startsWith(text)) ??
    names.find((name) => initialsOf(name) === text) ??
    misspelled(text, names, 1) ??
    names.find((name) => isWordOf(wordsOf(name)[0], typed)) ??
    misspelled(text, names, Math.ceil(MOST_EDITS * text.length)) ??
    names.find((name) => wordsOf(name).some((word) => isWordOf(word, typed)))
  );
}

/**
 * The words of a list that are spelled most alike, the nearest first; of several that are as near, those that come first.
 * Two letters may differ, and of longer words half.
 */
export function nearestWords(typed: string, words: readonly string[], count: number): string[] {
  return words
    .map((word) => ({ word, distance: editDistance(typed, word) }))
    .filter(({ distance }) => distance <= Math.max(2, Math.floor(typed.length / 2)))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map(({ word }) => word);
}

/** Letters and digits alone, small. */
export const lettersOf = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** The words of `batchSize`, `--batch-size` or `batch_size`. */
const wordsOf = (name: string) =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);

const initialsOf = (name: string) =>
  wordsOf(name)
    .map(([letter]) => letter)
    .join('');

const isWordOf = (word: string | undefined, typed: string) =>
  word !== undefined && word.length >= SHORTEST_WORD && wordsOf(typed).includes(word);

function misspelled(text: string, names: readonly string[], mostEdits: number): string | undefined {
  const distances = names.map((name) => editDistance(text, lettersOf(name)));
  const least = Math.min(...distances);
  return least <= mostEdits ? names[distances.indexOf(least)] : undefined;
}

/** The number of insertions, deletions and substitutions of letters that turn one text into the other. */
function editDistance(one: string, other: string): number {
  let before = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (const [row, letter] of [...one].entries()) {
    const now = [row + 1];
    for (let i = 0; i < other.length; i++)
      now.push(Math.min(now[i] + 1, before[i + 1] + 1, before[i] + (letter === other[i] ? 0 : 1)));

    before = now;
  }
  return before[other.length];
}
