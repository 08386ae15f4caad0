import { countNgrams } from './ngrams';
import { tokenizeAtSpaces, tokenizeCaptions, tokenizeReferences } from './ptb-tokenizer';
import type { Captions, Metric, MetricResult, References } from './types';

const MAX_N = 4;
// coco-caption adds these instead of testing for zero.
const TINY = 1e-15;
const SMALL = 1e-9;

/** What BLEU adds up over a corpus. Index n-1 holds the figure of n-grams. */
interface Counts {
  correct: number[];
  guessed: number[];
  candidateLength: number;
  referenceLength: number;
}

/**
 * BLEU-1 to BLEU-4 (Papineni et al. 2002) as coco-caption computes them: n-gram precision clipped
 * to the references, over the whole corpus, and a brevity penalty by the closest reference length
 * (the shorter of two that are equally close).
 * @returns four results, BLEU-1 first; figures in [0, 1]
 */
export function bleu(references: References, candidates: Captions): MetricResult[] {
  const referenceWords = tokenizeReferences(references, tokenizeAtSpaces);
  const total = emptyCounts();
  const images = Object.entries(tokenizeCaptions(candidates, tokenizeAtSpaces)).map(([id, words]) => {
    const counts = compare(words, referenceWords[id]);
    add(total, counts);
    return [id, scoresOf(counts)] as const;
  });
  return scoresOf(total).map((corpus, i) => ({
    corpus,
    perImage: Object.fromEntries(images.map(([id, scores]) => [id, scores[i]])),
  }));
}

/**
 * BLEU-4 of one caption. One is added to the counts of bigrams and longer, so that a caption without a common 4-gram can
 * still be better than another (Lin & Och 2004, "ORANGE", which calls it smoothed).
 * @param words of the caption
 * @param references the words of each
 * @returns in [0, 1]
 */
export function sentenceBleu(words: string[], references: string[][]): number {
  const counts = compare(words, references);
  for (let i = 1; i < MAX_N; i++) {
    counts.correct[i] += 1;
    counts.guessed[i] += 1;
  }
  return scoresOf(counts)[MAX_N - 1];
}

const NAMES = ['BLEU-1', 'BLEU-2', 'BLEU-3', 'BLEU-4'];

export const bleuMetric: Metric = {
  name: 'BLEU',
  scores: NAMES,
  available: () => Promise.resolve(true),
  load: () => Promise.resolve(),
  score(references, candidates) {
    const results = bleu(references, candidates);
    return Object.fromEntries(NAMES.map((name, i) => [name, results[i]]));
  },
};

function compare(words: string[], references: string[][]): Counts {
  const counts = emptyCounts();
  counts.candidateLength = words.length;
  counts.referenceLength = closestLength(words.length, references);
  for (let n = 1; n <= MAX_N; n++) {
    const allowed = highestCounts(references, n);
    counts.guessed[n - 1] = Math.max(0, words.length - n + 1);
    for (const [ngram, count] of countNgrams(words, n))
      counts.correct[n - 1] += Math.min(count, allowed.get(ngram) ?? 0);
  }
  return counts;
}

/** How often each n-gram occurs in the reference that has it most often. */
function highestCounts(references: string[][], n: number): Map<string, number> {
  const highest = new Map<string, number>();
  for (const reference of references) {
    for (const [ngram, count] of countNgrams(reference, n))
      highest.set(ngram, Math.max(count, highest.get(ngram) ?? 0));
  }
  return highest;
}

function closestLength(length: number, references: string[][]): number {
  return references
    .map((reference) => reference.length)
    .reduce((best, next) => {
      const difference = Math.abs(next - length) - Math.abs(best - length);
      return difference < 0 || (difference === 0 && next < best) ? next : best;
    });
}

/** BLEU-1 to BLEU-4 of the counts: geometric means of the precisions times the brevity penalty. */
function scoresOf(counts: Counts): number[] {
  const ratio = (counts.candidateLength + TINY) / (counts.referenceLength + SMALL);
  const brevityPenalty = ratio < 1 ? Math.exp(1 - 1 / ratio) : 1;
  let product = 1;
  return counts.correct.map((correct, i) => {
    product *= (correct + TINY) / (counts.guessed[i] + SMALL);
    return product ** (1 / (i + 1)) * brevityPenalty;
  });
}

function emptyCounts(): Counts {
  const zeros = () => new Array<number>(MAX_N).fill(0);
  return { correct: zeros(), guessed: zeros(), candidateLength: 0, referenceLength: 0 };
}

function add(total: Counts, counts: Counts): void {
  for (let i = 0; i < MAX_N; i++) {
    total.correct[i] += counts.correct[i];
    total.guessed[i] += counts.guessed[i];
  }
  total.candidateLength += counts.candidateLength;
  total.referenceLength += counts.referenceLength;
}
