import { contains, type Phrase } from './constraints';
import type { Forbids } from '../language/grammar';
import type { DecodingOptions } from './options';
import { END, OOV, PAD, START } from '../tokenizer';

/** A caption as it was decoded, token by token. */
export interface DecodedCaption {
  /** without START and END */
  tokens: number[];
  /** natural logarithm of each token's probability; one more for END where it was reached */
  logProbabilities: number[];
  /** attention weights at each entry of `logProbabilities`: [regions], summing to 1 */
  attention: Float32Array[];
  /** sum of the log-probabilities over length ^ lengthPenalty; plus the evidence for its objects, where that is weighed */
  score: number;
}

/** Tokens that no caption may contain. */
export const bannedTokens = [PAD, OOV, START];

/** A partial caption. */
export type Hypothesis = Omit<DecodedCaption, 'score'>;

export const emptyHypothesis = (): Hypothesis => ({ tokens: [], logProbabilities: [], attention: [] });

/** A hypothesis with one more token, or END. */
export function extend(
  hypothesis: Hypothesis,
  token: number,
  logProbability: number,
  attention: Float32Array,
): Hypothesis {
  return {
    tokens: token === END ? hypothesis.tokens : [...hypothesis.tokens, token],
    logProbabilities: [...hypothesis.logProbabilities, logProbability],
    attention: [...hypothesis.attention, attention],
  };
}

/** Length-normalized log-probability (Wu et al. 2016, with a plain power of the length, END included). */
export function scoreOf(hypothesis: Hypothesis, lengthPenalty: number): number {
  const sum = hypothesis.logProbabilities.reduce((total, p) => total + p, 0);
  return sum / Math.max(1, hypothesis.logProbabilities.length) ** lengthPenalty;
}

export function finish(hypothesis: Hypothesis, lengthPenalty: number): DecodedCaption {
  return { ...hypothesis, score: scoreOf(hypothesis, lengthPenalty) };
}

/** Captions without those whose words have come before. */
export function differentCaptions(captions: readonly DecodedCaption[]): DecodedCaption[] {
  const byWords = new Map<string, DecodedCaption>();
  for (const caption of captions) {
    const words = caption.tokens.join();
    if (!byWords.has(words)) byWords.set(words, caption);
  }
  return [...byWords.values()];
}

/** Captions by falling score. */
export function byScore(captions: readonly DecodedCaption[]): DecodedCaption[] {
  return [...captions].sort((a, b) => b.score - a.score);
}

/** What captions may not contain. */
export interface Rules extends Pick<DecodingOptions, 'noRepeatNgram'> {
  /** phrases, none of which may occur */
  exclude?: readonly Phrase[];
  /** rules of the language */
  forbids?: Forbids;
}

/**
 * Whether a token may follow these: special tokens may not, a caption has at least one token, no n-gram occurs twice
 * (Paulus et al. 2017), no excluded phrase occurs, and the rules of the language hold.
 */
export function isAllowed(
  tokens: readonly number[],
  token: number,
  { noRepeatNgram, exclude = [], forbids }: Rules,
): boolean {
  if (token === END) return tokens.length > 0;
  if (bannedTokens.includes(token) || repeatsNgram(tokens, token, noRepeatNgram)) return false;
  if (forbids?.(tokens, token)) return false;
  return !exclude.some((phrase) => completes(tokens, token, phrase));
}

function repeatsNgram(tokens: readonly number[], token: number, n: number): boolean {
  if (n === 0 || tokens.length < n) return false;
  return contains(tokens, [...tokens.slice(tokens.length - n + 1), token]);
}

/** Whether these tokens and the next one end with a phrase. */
function completes(tokens: readonly number[], token: number, phrase: Phrase): boolean {
  const before = phrase.length - 1;
  if (token !== phrase[before] || tokens.length < before) return false;
  return phrase.every((word, i) => i === before || tokens[tokens.length - before + i] === word);
}
