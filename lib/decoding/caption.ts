import type { DecodingOptions } from '../config/options';
import { END, OOV, PAD, START } from '../data/tokenizer';

/** A caption as a captioner chose it, word by word. */
export interface DecodedCaption {
  /** ids of the words, without start and end */
  words: number[];
  /** natural logarithm of each word's probability; one more for the end where it was reached */
  logProbabilities: number[];
  /** for each entry of `logProbabilities`, where the captioner looked: [regions], summing to 1 */
  attention: Float32Array[];
  /** sum of the log-probabilities over length ^ lengthPenalty */
  score: number;
}

/** Words that no caption holds. */
export const neverGenerated = [PAD, OOV, START];

/** A caption still being written. */
export type Draft = Omit<DecodedCaption, 'score'>;

export const emptyDraft = (): Draft => ({ words: [], logProbabilities: [], attention: [] });

/** A draft with one more word, or the end. */
export function extended(draft: Draft, word: number, logProbability: number, attention: Float32Array): Draft {
  return {
    words: word === END ? draft.words : [...draft.words, word],
    logProbabilities: [...draft.logProbabilities, logProbability],
    attention: [...draft.attention, attention],
  };
}

/** Length-normalised log-probability (Wu et al. 2016 with a plain power of the length, the end included). */
export function scoreOf(draft: Draft, lengthPenalty: number): number {
  const sum = draft.logProbabilities.reduce((total, p) => total + p, 0);
  return sum / Math.max(1, draft.logProbabilities.length) ** lengthPenalty;
}

export function finished(draft: Draft, lengthPenalty: number): DecodedCaption {
  return { ...draft, score: scoreOf(draft, lengthPenalty) };
}

/**
 * Whether a word may follow these: special tokens never do, a caption has at least one word, and no n-gram
 * occurs twice (Paulus et al. 2017).
 */
export function mayFollow(
  words: readonly number[],
  word: number,
  { noRepeatNgram }: Pick<DecodingOptions, 'noRepeatNgram'>,
): boolean {
  if (word === END) return words.length > 0;
  return !neverGenerated.includes(word) && !repeats(words, word, noRepeatNgram);
}

function repeats(words: readonly number[], word: number, n: number): boolean {
  if (n === 0 || words.length < n) return false;
  const tail = [...words.slice(words.length - n + 1), word];
  for (let start = 0; start + n <= words.length; start++) {
    if (tail.every((w, i) => words[start + i] === w)) return true;
  }
  return false;
}
