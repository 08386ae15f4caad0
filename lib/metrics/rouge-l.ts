import { meanOf } from './mean';
import { tokenizeCaptions, tokenizeReferences } from './ptb-tokenizer';
import type { Captions, Metric, MetricResult, References } from './types';

// How much more recall counts than precision; the value of coco-caption.
const BETA = 1.2;

/**
 * ROUGE-L (Lin 2004) as coco-caption computes it: F-measure of the best precision and the best
 * recall of the longest common subsequence with any reference; the corpus figure is the mean.
 * @returns figures in [0, 1]
 */
export function rougeL(references: References, candidates: Captions): MetricResult {
  const referenceWords = tokenizeReferences(references);
  const perImage = Object.fromEntries(
    Object.entries(tokenizeCaptions(candidates)).map(([id, words]) => [
      id,
      scoreOf(words, referenceWords[id]),
    ]),
  );
  return { corpus: meanOf(perImage), perImage };
}

export const rougeLMetric: Metric = {
  name: 'ROUGE-L',
  scores: ['ROUGE-L'],
  available: () => Promise.resolve(true),
  load: () => Promise.resolve(),
  score: (references, candidates) => ({ 'ROUGE-L': rougeL(references, candidates) }),
};

function scoreOf(words: string[], references: string[][]): number {
  let precision = 0;
  let recall = 0;
  // For coco-caption a caption without words is one empty word, which such a reference has too.
  const candidate = words.length === 0 ? [''] : words;
  for (const reference of references.map((tokens) => (tokens.length === 0 ? [''] : tokens))) {
    const common = longestCommonSubsequence(candidate, reference);
    precision = Math.max(precision, common / candidate.length);
    recall = Math.max(recall, common / reference.length);
  }
  if (precision === 0 || recall === 0) return 0;

  return ((1 + BETA ** 2) * precision * recall) / (recall + BETA ** 2 * precision);
}

/** Length of the longest sequence of words that both have in this order, not necessarily adjacent. */
export function longestCommonSubsequence(a: readonly string[], b: readonly string[]): number {
  // lengths[j]: longest common subsequence of the words of `a` so far and the first j words of `b`.
  const lengths = new Array<number>(b.length + 1).fill(0);
  for (const word of a) {
    let diagonal = 0;
    for (let j = 1; j <= b.length; j++) {
      const above = lengths[j];
      lengths[j] = word === b[j - 1] ? diagonal + 1 : Math.max(above, lengths[j - 1]);
      diagonal = above;
    }
  }
  return lengths[b.length];
}
