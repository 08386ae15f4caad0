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

/** What metrics may know beside the references. */
export interface Knowledge {
  /**
   * Objects that each image shows, as COCO's categories; an image without an entry is judged by its references alone.
   * CHAIR is among the scores where this is given, be it empty.
   */
  objects?: Record<string, readonly string[]>;
  /** Captions of a set of images, of which CIDEr takes document frequencies (default: the references). */
  documents?: References;
}

/** A metric of generated captions. To add one: implement this in a file and add a line to registry.ts. */
export interface Metric {
  readonly name: string;
  /** Names of the scores that it gives, in the order of tables: ["BLEU-1", …], or its own name alone. */
  readonly scores: readonly string[];
  /** Whether a lower score is the better one (default: a higher one). */
  readonly lowerIsBetter?: boolean;
  /** What it cannot do without: it is left out where this is not known, and no training can monitor it. */
  readonly needs?: keyof Knowledge;
  /** True, or one sentence that says what is missing and how to get it. */
  available(): Promise<true | string>;
  /** Reads the data that it needs, once. */
  load(): Promise<void>;
  /**
   * Scores one caption for each image, after `load`; figures are fractions.
   * @param references of the same images; the object may be prepared once and must not be changed afterwards
   * @returns a result for each of `scores`
   */
  score(references: References, candidates: Captions, knowledge: Knowledge): Record<string, MetricResult>;
}
