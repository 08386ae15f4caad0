import { UserError } from '../errors';
import { nearestWords } from '../nearest';
import { shortValue } from '../short-value';
import { OOV, splitWords, type Tokenizer } from '../tokenizer';
import { singularAndPlural } from './word-forms';

/** One or several words in a row, as token ids. */
export type Phrase = readonly number[];

/** What captions must and must not contain, in the tokens of a vocabulary. */
export interface Constraints {
  /** of each entry one phrase must occur */
  include: readonly (readonly Phrase[])[];
  /** none of these phrases may occur */
  exclude: readonly Phrase[];
}

export const NO_CONSTRAINTS: Constraints = { include: [], exclude: [] };

/**
 * A word or phrase, which stands for its singular and plural too; or phrases of which any one counts and which are taken
 * as they are: a list, or a text with `|` between.
 */
export type WordChoice = string | readonly string[];

/** What captions must and must not contain, in words. */
export interface WordConstraints {
  include: readonly WordChoice[];
  exclude: readonly WordChoice[];
}

/**
 * Constraints in the tokens of a vocabulary. Choices of the same phrases count once.
 * @throws UserError for an empty text, a word that the vocabulary lacks (with words that it has), what is both
 *   included and excluded, and where no word would be left
 */
export function constraintsOf(words: WordConstraints, tokenizer: Tokenizer): Constraints {
  const choices = (name: 'include' | 'exclude') =>
    wordChoices(name, words[name]).map((choice) => phrasesOf(name, choice, tokenizer));
  const include = new Map(
    choices('include').map((phrases) => [[...phrases.keys()].sort().join('|'), phrases]),
  );
  const exclude = new Map(choices('exclude').flatMap((phrases) => [...phrases]));
  for (const [text, phrase] of [...include.values()].flatMap((phrases) => [...phrases])) {
    const forbidden = [...exclude].find(([, other]) => contains(phrase, other));
    if (forbidden) {
      const both = text === forbidden[0] ? `"${text}"` : `"${forbidden[0]}" in "${text}"`;
      throw new UserError(`${both} is both in include and in exclude: take it out of one of them.`);
    }
  }
  const excluded = [...exclude.values()];
  if (excluded.filter(({ length }) => length === 1).length === tokenizer.vocabulary.length)
    throw new UserError('exclude: every word of the vocabulary is excluded: leave some.');

  return { include: [...include.values()].map((phrases) => [...phrases.values()]), exclude: excluded };
}

/** Whether a phrase occurs in a caption. */
export function contains(tokens: readonly number[], phrase: Phrase): boolean {
  return tokens.some((_, start) => phrase.every((word, i) => tokens[start + i] === word));
}

/**
 * The value of an option as a list of choices.
 * @throws UserError where it is none
 */
export function wordChoices(name: string, value: unknown): readonly WordChoice[] {
  const isText = (one: unknown): one is string => typeof one === 'string';
  const isChoice = (one: unknown) =>
    isText(one) || (Array.isArray(one) && one.length > 0 && one.every(isText));
  if (Array.isArray(value) && value.every(isChoice)) return value as WordChoice[];
  throw new UserError(
    `Option ${name}: expected a list of words, each a text or a list of texts, such as ['dog', ['cat', 'kitten']], got ` +
      `${shortValue(value)}.`,
  );
}

/** The phrases of a choice by their text. */
function phrasesOf(name: string, choice: WordChoice, tokenizer: Tokenizer): Map<string, Phrase> {
  const texts = typeof choice === 'string' ? choice.split('|') : choice;
  const asTheyAre = typeof choice !== 'string' || texts.length > 1;
  return new Map(texts.flatMap((text) => formsOf(name, text, asTheyAre, tokenizer)));
}

function formsOf(
  name: string,
  text: string,
  asItIs: boolean,
  tokenizer: Tokenizer,
): [text: string, phrase: Phrase][] {
  if (text.includes(',')) {
    throw new UserError(
      `Option ${name}: "${text}" has a comma: give each word on its own, or with | between where either will do.`,
    );
  }
  const words = splitWords(text);
  const last = words.pop();
  if (last === undefined)
    throw new UserError(`Option ${name}: "${text}" holds no word: write one or leave it out.`);
  const isKnown = (word: string) => tokenizer.idOf(word) !== OOV;
  const forms = asItIs ? [last].filter(isKnown) : singularAndPlural(last, isKnown);
  const unknown = words.find((word) => !isKnown(word)) ?? (forms.length === 0 ? last : undefined);
  if (unknown !== undefined) {
    const near = nearestWords(unknown, tokenizer.vocabulary, 3).map((word) => `"${word}"`);
    const remedy = near.length > 0 ? `the nearest that it has: ${near.join(', ')}` : 'choose another word';
    throw new UserError(`Option ${name}: the model's vocabulary has no word "${unknown}"; ${remedy}.`);
  }
  return forms.map((form) => {
    const phrase = [...words, form];
    return [phrase.join(' '), phrase.map((word) => tokenizer.idOf(word))];
  });
}
