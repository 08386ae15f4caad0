import { UserError } from '../errors';
import type { Captions, References } from './types';

const NAMED_AT_MOST = 5;

/**
 * Makes sure that candidates and references are of the same images.
 * @throws UserError naming the images that stand on one side only, or have an empty list of references
 */
export function checkSameImages(references: References, candidates: Captions): void {
  const withoutReferences = Object.keys(candidates).filter(
    (id) => !Object.hasOwn(references, id) || references[id].length === 0,
  );
  if (withoutReferences.length > 0) {
    throw new UserError(
      `${imagesHave(withoutReferences)} a candidate but no references: add references, or take the candidates out.`,
    );
  }
  const withoutCandidate = Object.keys(references).filter((id) => !Object.hasOwn(candidates, id));
  if (withoutCandidate.length > 0) {
    throw new UserError(
      `${imagesHave(withoutCandidate)} references but no candidate: add a candidate, or take the references out.`,
    );
  }
  if (Object.keys(candidates).length === 0)
    throw new UserError('There is no caption to score: give at least one candidate with its references.');
}

/** 'Image "a" has', 'Images "a", "b" and 3 more have'. */
export function imagesHave(ids: string[]): string {
  const named = ids
    .slice(0, NAMED_AT_MOST)
    .map((id) => JSON.stringify(id))
    .join(', ');
  const more = ids.length > NAMED_AT_MOST ? ` and ${ids.length - NAMED_AT_MOST} more` : '';
  return ids.length === 1 ? `Image ${named} has` : `Images ${named}${more} have`;
}
