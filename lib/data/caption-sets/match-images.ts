import { UserError } from '../../errors';
import type { References } from '../../metrics/types';
import { repeatedSentence, type CaptionSet } from './caption-set';
import { ImageIndex } from './image-names';

/** Candidates beside the references of the same images. */
export interface MatchedCaptions {
  references: References;
  /** the candidates of each image of `references`, the best first */
  candidates: Record<string, string[]>;
  /** images that stand on one side only */
  withoutCandidate: string[];
  withoutReferences: string[];
}

/**
 * Puts candidates beside the references of the same images, in the order of the candidates.
 * @throws UserError where two candidates are of one image, and where no image is in both files
 */
export function matchImages(references: CaptionSet, candidates: CaptionSet): MatchedCaptions {
  const index = indexOf(references);
  const matched = new Map<string, string[]>();
  const repeated: string[] = [];
  const withoutReferences: string[] = [];
  for (const [name, captions] of candidates.captions) {
    const key = index.find(name);
    if (key === undefined) withoutReferences.push(name);
    else if (matched.has(key)) repeated.push(key);
    else matched.set(key, captions);
  }
  if (repeated.length > 0) throw new UserError(repeatedSentence(candidates.file, repeated));
  if (matched.size === 0) {
    const [name] = candidates.captions.keys();
    const [other] = references.captions.keys();
    throw new UserError(
      `No image of ${candidates.file} ("${name}", …) is in ${references.file} ("${other}", …): give files that name ` +
        'the same images.',
    );
  }
  return {
    references: Object.fromEntries([...matched.keys()].map((key) => [key, references.captions.get(key)!])),
    candidates: Object.fromEntries(matched),
    withoutCandidate: [...references.captions.keys()].filter((key) => !matched.has(key)),
    withoutReferences,
  };
}

/** Finds the images of a set. */
export function indexOf({ captions, aliases }: CaptionSet): ImageIndex {
  return new ImageIndex([...captions.keys()].map((key) => [key, aliases.get(key) ?? []] as const));
}
