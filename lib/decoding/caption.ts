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
  /** sum of the log-probabilities over length ^ lengthPenalty */
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

/**
 * Whether a token may follow these: special tokens may not, a caption has at least one token, and no n-gram occurs
 * twice (Paulus et al. 2017).
 */
export function isAllowed(
  tokens: readonly number[],
  token: number,
  { noRepeatNgram }: Pick<DecodingOptions, 'noRepeatNgram'>,
): boolean {
  if (token === END) return tokens.length > 0;
  return !bannedTokens.includes(token) && !repeatsNgram(tokens, token, noRepeatNgram);
}

function repeatsNgram(tokens: readonly number[], token: number, n: number): boolean {
  if (n === 0 || tokens.length < n) return false;
  const tail = [...tokens.slice(tokens.length - n + 1), token];
  for (let start = 0; start + n <= tokens.length; start++)
    if (tail.every((w, i) => tokens[start + i] === w)) return true;

  return false;
}
