import { mean, meanOf } from './mean';
import { countNgrams } from './ngrams';
import { tokenizeAtSpaces, tokenizeReferences } from './ptb-tokenizer';
import type { Captions, Metric, MetricResult, References } from './types';

const MAX_N = 4;
// Deviation of CIDEr-D's length penalty, in words.
const SIGMA = 6;

export interface CiderOptions {
  /**
   * 'CIDEr-D' (default): n-gram counts clipped to the reference and a penalty on length; what
   * coco-caption computes and papers quote. 'CIDEr': the plain cosine of the first definition.
   */
  variant?: 'CIDEr-D' | 'CIDEr';
  /**
   * captions that document frequencies are counted in, one document per image (default: the references, which the
   * reference implementation calls "corpus"); with COCO's validation captions this is its "coco-val"
   */
  documents?: References;
}

/** The weights of one caption's n-grams. Index n-1 holds the figure of n-grams. */
interface Vector {
  weights: Map<string, number>[];
  norms: number[];
  /** Number of bigrams, which the scorer takes for the length. */
  length: number;
}

/** The references of one image, as an inverted index: one look-up per n-gram of a candidate. */
interface PreparedImage {
  /** For each n: an n-gram, and the references that have it with its weight there. */
  postings: Map<string, { reference: number; weight: number }[]>[];
  norms: number[][]; // [reference][n - 1]
  lengths: number[]; // [reference]
}

/**
 * CIDEr (Vedantam et al. 2015) as coco-caption computes it: cosine between TF-IDF vectors of
 * n-grams, n = 1..4, averaged over n and the references, times 10 (so that figures go from 0 to 10).
 * Document frequencies come from the references, one document per image, unless there are `documents`; with a single
 * document all weights, and so all scores, are 0.
 *
 * Prepared once, it scores many thousand candidates a second, also several of one image.
 */
export class Cider {
  private readonly inverseDocumentFrequency = new Map<string, number>();
  private readonly unseen: number;
  private readonly images = new Map<string, PreparedImage>();
  private readonly clipped: boolean;

  constructor(references: References, options: CiderOptions = {}) {
    this.clipped = (options.variant ?? 'CIDEr-D') === 'CIDEr-D';
    const counted = countAllOf(references);
    const documents = options.documents ? countAllOf(options.documents) : counted;
    this.unseen = Math.log(documents.size);
    for (const [ngram, count] of documentFrequencies([...documents.values()]))
      this.inverseDocumentFrequency.set(ngram, this.unseen - Math.log(count));

    for (const [id, captions] of counted)
      this.images.set(id, prepare(captions.map((counts) => this.vectorOf(counts))));
  }

  /** Scores one caption for each image; the corpus figure is their mean. */
  score(candidates: Captions): MetricResult {
    const perImage = Object.fromEntries(
      Object.entries(candidates).map(([id, caption]) => [id, this.scoreOne(id, caption)]),
    );
    return { corpus: meanOf(perImage), perImage };
  }

  /**
   * Scores one caption of one image, in [0, 10].
   * @throws Error where the image has no references
   */
  scoreOne(id: string, caption: string): number {
    return mean(this.similarities(id, caption));
  }

  /**
   * What one caption of one image shares with each of its references, in [0, 10]; the score is the mean.
   * @throws Error where the image has no references
   */
  similarities(id: string, caption: string): number[] {
    const image = this.images.get(id);
    if (image === undefined) throw new Error(`CIDEr was prepared without references for image "${id}".`);

    const candidate = this.vectorOf(countAll(tokenizeAtSpaces(caption)));
    const sums = new Array<number>(image.lengths.length).fill(0);
    for (let i = 0; i < MAX_N; i++) {
      const products = new Array<number>(sums.length).fill(0);
      for (const [ngram, weight] of candidate.weights[i]) {
        for (const posting of image.postings[i].get(ngram) ?? []) {
          const shared = this.clipped ? Math.min(weight, posting.weight) : weight;
          products[posting.reference] += shared * posting.weight;
        }
      }
      products.forEach((product, r) => {
        if (product !== 0) sums[r] += product / (candidate.norms[i] * image.norms[r][i]);
      });
    }
    return sums.map((sum, r) => {
      const penalty = this.lengthPenalty(candidate.length - image.lengths[r]);
      return (10 * penalty * sum) / MAX_N;
    });
  }

  private lengthPenalty(difference: number): number {
    return this.clipped ? Math.exp(-(difference ** 2) / (2 * SIGMA ** 2)) : 1;
  }

  private vectorOf(counts: NgramCounts): Vector {
    const vector: Vector = { weights: [], norms: [], length: 0 };
    for (const count of counts) {
      const weights = new Map<string, number>();
      let squares = 0;
      for (const [ngram, frequency] of count) {
        const weight = frequency * (this.inverseDocumentFrequency.get(ngram) ?? this.unseen);
        weights.set(ngram, weight);
        squares += weight ** 2;
      }
      vector.weights.push(weights);
      vector.norms.push(Math.sqrt(squares));
    }
    counts[1].forEach((frequency) => (vector.length += frequency));
    return vector;
  }
}

/** References are prepared once: a training scores captions of the same images after each epoch. */
const preparedFor = new WeakMap<References, Cider>();

/** CIDEr-D, the one that papers call CIDEr. */
export const ciderMetric: Metric = {
  name: 'CIDEr',
  scores: ['CIDEr'],
  available: () => Promise.resolve(true),
  load: () => Promise.resolve(),
  score(references, candidates, { documents }) {
    if (documents) return { CIDEr: new Cider(references, { documents }).score(candidates) };
    const cider = preparedFor.get(references) ?? new Cider(references);
    preparedFor.set(references, cider);
    return { CIDEr: cider.score(candidates) };
  },
};

/** Counts of the n-grams of one caption, n = 1..4. */
type NgramCounts = Map<string, number>[];

/** Counts of every caption of each image. */
function countAllOf(captions: References): Map<string, NgramCounts[]> {
  const tokens = Object.entries(tokenizeReferences(captions, tokenizeAtSpaces));
  return new Map(tokens.map(([id, sentences]) => [id, sentences.map(countAll)]));
}

/** In how many documents each n-gram occurs; a document is all captions of an image. */
function documentFrequencies(documents: readonly NgramCounts[][]): Map<string, number> {
  const frequency = new Map<string, number>();
  for (const captions of documents) {
    const seen = new Set(captions.flatMap((counts) => counts.flatMap((count) => [...count.keys()])));
    seen.forEach((ngram) => frequency.set(ngram, (frequency.get(ngram) ?? 0) + 1));
  }
  return frequency;
}

function countAll(words: readonly string[]): NgramCounts {
  return Array.from({ length: MAX_N }, (_, i) => countNgrams(words, i + 1));
}

function prepare(references: Vector[]): PreparedImage {
  const postings = Array.from(
    { length: MAX_N },
    () => new Map<string, { reference: number; weight: number }[]>(),
  );
  references.forEach((vector, reference) =>
    vector.weights.forEach((weights, i) => {
      for (const [ngram, weight] of weights) {
        const entry = postings[i].get(ngram);
        if (entry === undefined) postings[i].set(ngram, [{ reference, weight }]);
        else entry.push({ reference, weight });
      }
    }),
  );
  return {
    postings,
    norms: references.map((vector) => vector.norms),
    lengths: references.map((vector) => vector.length),
  };
}
