import { loadMeteor, METEOR_MISSING } from './meteor/meteor';
import { checkSameImages } from './same-images';
import { scoreCaptions, type ScoredCaptions } from './score';
import type { Captions, References } from './types';

/** Scores, and in words what is not among them. */
export interface NotedScores extends ScoredCaptions {
  notes: string[];
}

/**
 * Scores captions with every metric whose data is there: METEOR too, which takes seconds to load.
 * Where its data is absent it is left out, and a note says so.
 * @throws UserError where candidates and references are not of the same images
 */
export async function scoreAll(references: References, candidates: Captions): Promise<NotedScores> {
  checkSameImages(references, candidates);
  const meteor = await loadMeteor();
  return {
    ...scoreCaptions(references, candidates, { meteor }),
    notes: meteor === undefined ? [METEOR_MISSING] : [],
  };
}
