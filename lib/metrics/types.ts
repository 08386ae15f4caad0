/** One caption for each image id. */
export type Captions = Record<string, string>;

/** The reference captions of each image id, at least one each. */
export type References = Record<string, string[]>;

/** Scores of one caption or of a corpus by name ("BLEU-4"), as fractions (CIDEr may exceed 1). */
export type Scores = Record<string, number>;

/** One score of a set of captions: of the whole corpus, and of each image in the order of the candidates. */
export interface MetricResult {
  corpus: number;
  perImage: Record<string, number>;
}

/** A metric of generated captions. To add one: implement this in a file and add a line to registry.ts. */
export interface Metric {
  readonly name: string;
  /** Names of the scores that it gives, in the order of tables: ["BLEU-1", …], or its own name alone. */
  readonly scores: readonly string[];
  /** True, or one sentence that says what is missing and how to get it. */
  available(): Promise<true | string>;
  /** Reads the data that it needs, once. */
  load(): Promise<void>;
  /**
   * Scores one caption for each image, after `load`. Higher is better; figures are fractions.
   * @param references of the same images; the object may be prepared once and must not be changed afterwards
   * @returns a result for each of `scores`
   */
  score(references: References, candidates: Captions): Record<string, MetricResult>;
}
