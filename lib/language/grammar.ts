/*
 * Rules of English that captioners of few captions break: a search takes the likeliest caption that keeps them.
 */

/** Of the captions that have a word, such a share, and so many, have it twice where it may come twice. */
const LEAST = { share: 0.02, captions: 10 };

/** Words that begin with the letter of a vowel and the sound of a consonant, and the other way round. */
const SOUNDS_LIKE_CONSONANT = /^(uni(?!m|n)|use|usu|eur|ewe|one\b|once)/;
const SOUNDS_LIKE_VOWEL = /^(hour|honest|honor|heir)/;

/** Whether a token may not follow others. */
export type Forbids = (tokens: readonly number[], token: number) => boolean;

/**
 * The words that people use twice in a caption: "a", "the", of some data sets "red". Others come once.
 * @param captions training captions, each as its words
 */
export function repeatedWords(captions: Iterable<readonly string[]>): string[] {
  const counts = new Map<string, { captions: number; twice: number }>();
  for (const words of captions) {
    for (const word of new Set(words)) {
      const count = counts.get(word) ?? { captions: 0, twice: 0 };
      counts.set(word, count);
      count.captions++;
      if (words.indexOf(word) !== words.lastIndexOf(word)) count.twice++;
    }
  }
  return [...counts].flatMap(([word, count]) => (isRepeated(count) ? [word] : []));
}

function isRepeated({ captions, twice }: { captions: number; twice: number }): boolean {
  return twice >= Math.max(LEAST.captions, LEAST.share * captions);
}

/**
 * The rules for a vocabulary: no phrase stands on both sides of "and" ("a dog and a dog", "red and blue and red"), "a" and "an" fit the word behind them,
 * and words that people do not repeat come once ("a cat next to a cat"), in singular or plural.
 * @param words of the tokens by id, special ones included
 * @param repeated words that may come twice (`repeatedWords`); undefined: all
 */
export function grammarOf(words: readonly string[], repeated: readonly string[] = words): Forbids {
  const [conjunction, a, an] = ['and', 'a', 'an'].map((word) => words.indexOf(word));
  const may = new Set(repeated);
  const mayRepeat = words.map((word) => may.has(word));
  const ids = new Map(words.map((word, id) => [word, id]));
  // Singular and plural are one word: the id of the singular where there is one.
  const stems = words.map((word, id) => (word.endsWith('s') ? (ids.get(word.slice(0, -1)) ?? id) : id));
  const needsAn = words.map(soundsLikeVowel);
  return (tokens, token) => {
    const last = tokens.at(-1);
    if (last === a && needsAn[token]) return true;
    if (last === an && !needsAn[token]) return true;
    if (!mayRepeat[token] && tokens.some((other) => stems[other] === stems[token])) return true;
    return echoes(tokens, token, conjunction);
  };
}

function soundsLikeVowel(word: string): boolean {
  return SOUNDS_LIKE_VOWEL.test(word) || (/^[aeiou]/.test(word) && !SOUNDS_LIKE_CONSONANT.test(word));
}

/**
 * Whether what stands behind the last conjunction, with the next token, is what stands right before it, or a word comes
 * again in a row of words with conjunctions between.
 */
function echoes(tokens: readonly number[], token: number, conjunction: number): boolean {
  const at = tokens.lastIndexOf(conjunction);
  if (at < 0) return false;
  for (let i = tokens.length; i > 1 && tokens[i - 1] === conjunction; i -= 2)
    if (tokens[i - 2] === token) return true;

  const behind = [...tokens.slice(at + 1), token];
  const first = at - behind.length;
  return first >= 0 && behind.every((one, i) => one === tokens[first + i]);
}
