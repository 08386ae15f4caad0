import { bleu } from './bleu';
import { Cider } from './cider';
import { rougeL } from './rouge-l';
import { checkSameImages } from './same-images';
import type { Captions, MetricResult, References, Scores } from './types';

/** The scores of a set of captions. */
export interface ScoredCaptions {
  /** Of the whole set; BLEU is not the mean of its images' figures, the others are. */
  corpus: Scores;
  /** Of each image, in the order of the candidates. */
  perImage: Record<string, Scores>;
}

/** Anything that scores captions as METEOR does. */
export interface MeteorScorer {
  score(references: References, candidates: Captions): MetricResult;
}

export interface ScoreOptions {
  /** METEOR is computed where a loaded scorer is given (its data is large and may be absent). */
  meteor?: MeteorScorer;
  /** CIDEr prepared on the same references before, to save that work. */
  cider?: Cider;
}

/**
 * Scores one caption per image against its references with the metrics of the field, after
 * tokenization as coco-caption's.
 * @throws UserError where candidates and references are not of the same images
 */
export function scoreCaptions(
  references: References,
  candidates: Captions,
  options: ScoreOptions = {},
): ScoredCaptions {
  checkSameImages(references, candidates);
  const [bleu1, bleu2, bleu3, bleu4] = bleu(references, candidates);
  const meteor = options.meteor?.score(references, candidates);
  const rouge = rougeL(references, candidates);
  const cider = (options.cider ?? new Cider(references)).score(candidates);
  const assemble = (pick: (result: MetricResult) => number): Scores => ({
    'BLEU-1': pick(bleu1),
    'BLEU-2': pick(bleu2),
    'BLEU-3': pick(bleu3),
    'BLEU-4': pick(bleu4),
    ...(meteor === undefined ? {} : { METEOR: pick(meteor) }),
    'ROUGE-L': pick(rouge),
    CIDEr: pick(cider),
  });
  return {
    corpus: assemble((result) => result.corpus),
    perImage: Object.fromEntries(
      Object.keys(candidates).map((id) => [id, assemble((result) => result.perImage[id])]),
    ),
  };
}
