import type { Forbids } from './grammar';

/** What decoding knows of the words that a captioner's tokens are. */
export interface Language {
  /** its rules (`grammar`) */
  forbids?: Forbids;
  /** where an encoder detects objects: captions that name them are likelier (`objectWeight`) */
  objects?: ObjectKnowledge;
}

/** A detector among the encoders, and which of its categories captions name. */
export interface ObjectKnowledge {
  /** categories of objects: so many channels at the end of the features */
  categories: number;
  /** by which their probabilities are multiplied there */
  scale: number;
  /** The categories that a caption names, each once. @param tokens without START and END */
  named(tokens: readonly number[]): readonly number[];
}
