/** One caption for each image id. */
export type Captions = Record<string, string>;

/** The reference captions of each image id, at least one each. */
export type References = Record<string, string[]>;

/** Scores of one caption or of a corpus, as fractions (CIDEr may pass 1). METEOR is absent where its data is. */
export interface Scores {
  'BLEU-1': number;
  'BLEU-2': number;
  'BLEU-3': number;
  'BLEU-4': number;
  METEOR?: number;
  'ROUGE-L': number;
  /** CIDEr-D, the one that papers call CIDEr. */
  CIDEr: number;
}

/** What a metric gives: the figure of the whole corpus, and of each image in the order of the candidates. */
export interface MetricResult {
  corpus: number;
  perImage: Record<string, number>;
}
