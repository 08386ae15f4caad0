import { UserError } from './errors';

/** Pads captions to a common length. */
export const PAD = 0;
/** Stands for every word that is not in the vocabulary. */
export const OOV = 1;
/** Begins a caption. */
export const START = 2;
/** Ends a caption. */
export const END = 3;

/** The four special tokens by id; no caption contains them, since `<` and `>` are filtered. */
export const SPECIAL_TOKENS = ['<pad>', '<unk>', '<start>', '<end>'] as const;

/** The characters that Keras' Tokenizer turns into spaces by default. */
const FILTERS = new Set('!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n');

export interface TokenizerOptions {
  /** Words that occur less often become the out-of-vocabulary token. */
  minFrequency: number;
  /** Size of the vocabulary at most, the four special tokens included (as Keras' `num_words` counts id 0). */
  maxVocabSize: number;
}

/** The stored form of a tokenizer. */
export interface TokenizerJson {
  /** Words by id, from id 4 on. */
  words: string[];
}

/**
 * The words of a caption, as Keras' `text_to_word_sequence` finds them: lower case, each character
 * of its `filters` replaced by a space, split at spaces.
 */
export function splitWords(caption: string): string[] {
  let text = '';
  for (const character of caption.toLowerCase()) text += FILTERS.has(character) ? ' ' : character;

  return text.split(' ').filter((word) => word !== '');
}

/** Encodes captions as token ids and decodes them; the vocabulary comes from the training captions. */
export class Tokenizer {
  /** Every token by id, the special ones first. */
  private readonly words: string[];
  private readonly ids: Map<string, number>;

  private constructor(words: readonly string[]) {
    this.words = [...SPECIAL_TOKENS, ...words];
    this.ids = new Map(words.map((word, i) => [word, i + SPECIAL_TOKENS.length]));
  }

  /**
   * Builds the vocabulary: words by falling frequency, ties by first occurrence (Keras'
   * `fit_on_texts`); words rarer than `minFrequency` or beyond `maxVocabSize` ids are left out.
   */
  static fit(captions: Iterable<string>, { minFrequency, maxVocabSize }: TokenizerOptions): Tokenizer {
    const words = frequentWords(captions, minFrequency)
      .slice(0, Math.max(0, maxVocabSize - SPECIAL_TOKENS.length))
      .map(([word]) => word);
    if (words.length === 0) {
      throw new UserError(
        `No word of the captions occurs ${minFrequency} times: lower minFrequency or use more images.`,
      );
    }
    return new Tokenizer(words);
  }

  /** The same vocabulary with more words behind: those of these captions that it does not have, as in `fit`. */
  extended(captions: Iterable<string>, { minFrequency, maxVocabSize }: TokenizerOptions): Tokenizer {
    const more = frequentWords(captions, minFrequency)
      .map(([word]) => word)
      .filter((word) => !this.ids.has(word))
      .slice(0, Math.max(0, maxVocabSize - this.size));
    return new Tokenizer([...this.toJSON().words, ...more]);
  }

  /** Size of the vocabulary, the four special tokens included. */
  get size(): number {
    return this.words.length;
  }

  /** The words that are no special tokens, by falling frequency. */
  get vocabulary(): readonly string[] {
    return this.words.slice(SPECIAL_TOKENS.length);
  }

  /** The caption's token ids between START and END; unknown words are OOV. */
  encode(caption: string): number[] {
    return [START, ...splitWords(caption).map((word) => this.ids.get(word) ?? OOV), END];
  }

  /**
   * The words of these ids, joined with spaces: PAD and START are skipped, END and all after it
   * is cut off, OOV becomes `<unk>`.
   */
  decode(ids: Iterable<number>): string {
    const words: string[] = [];
    for (const id of ids) {
      if (id === END) break;
      if (id !== PAD && id !== START) words.push(this.wordOf(id));
    }
    return words.join(' ');
  }

  /**
   * The word of one id, special ones included.
   * @throws RangeError for an id outside the vocabulary
   */
  wordOf(id: number): string {
    const word = this.words[id];
    if (word === undefined) throw new RangeError(`Token id ${id} is outside 0..${this.size - 1}.`);
    return word;
  }

  /** The id of a word in lower case, or OOV. */
  idOf(word: string): number {
    return this.ids.get(word) ?? OOV;
  }

  /** The stored form of a tokenizer. */
  toJSON(): TokenizerJson {
    return { words: this.words.slice(SPECIAL_TOKENS.length) };
  }

  /**
   * Restores a tokenizer from its stored form.
   * @throws UserError where that is broken
   */
  static fromJSON(json: unknown): Tokenizer {
    const words = (json as Partial<TokenizerJson> | null)?.words;
    const valid =
      Array.isArray(words) &&
      words.length > 0 &&
      words.every((word) => typeof word === 'string' && word !== '') &&
      new Set(words).size === words.length;
    if (!valid) {
      throw new UserError(
        'The stored tokenizer is broken (no list of distinct words): save the model again.',
      );
    }
    return new Tokenizer(words);
  }
}

/** Words with their counts by falling frequency, ties by first occurrence; rarer ones are left out. */
function frequentWords(captions: Iterable<string>, minFrequency: number): [word: string, count: number][] {
  const counts = new Map<string, number>();
  for (const caption of captions)
    for (const word of splitWords(caption)) counts.set(word, (counts.get(word) ?? 0) + 1);

  return [...counts].filter(([, count]) => count >= minFrequency).sort(([, a], [, b]) => b - a); // stable: ties stay in order of first occurrence
}
