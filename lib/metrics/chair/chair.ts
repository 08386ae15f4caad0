import { mean } from '../mean';
import type { Captions, Knowledge, Metric, MetricResult, References } from '../types';
import { findObjects } from './find-objects';

/**
 * CHAIR, caption hallucination assessment with image relevance (Rohrbach et al. 2018, "Object Hallucination in Image
 * Captioning"): the objects that captions name and images do not show. An image shows what is known of it (COCO's
 * instances) and what its references name. Objects are COCO's 80 categories, found by this project's own table of words.
 *
 * CHAIRs is the share of captions with such an object, CHAIRi the share of such mentions among all mentions of objects.
 * Lower is better; a caption that names nothing has 0.
 * @param shown objects of each image by COCO's categories, without those of the references
 * @returns figures in [0, 1]
 */
export function chair(
  references: References,
  candidates: Captions,
  shown: NonNullable<Knowledge['objects']> = {},
): { sentences: MetricResult; instances: MetricResult } {
  let mentions = 0;
  let hallucinations = 0;
  const images = Object.entries(candidates).map(([id, caption]) => {
    const objects = Object.hasOwn(shown, id) ? shown[id] : [];
    const { named, hallucinated } = hallucinatedObjects(references[id], caption, objects);
    mentions += named.length;
    hallucinations += hallucinated.length;
    return [id, hallucinated.length, hallucinated.length / Math.max(1, named.length)] as const;
  });
  const perImage = images.map(([id, count]) => [id, count > 0 ? 1 : 0] as const);
  return {
    sentences: { corpus: mean(perImage.map(([, one]) => one)), perImage: Object.fromEntries(perImage) },
    instances: {
      corpus: hallucinations / Math.max(1, mentions),
      perImage: Object.fromEntries(images.map(([id, , share]) => [id, share])),
    },
  };
}

/** The objects that a caption names, and those of them that the image does not show. */
export function hallucinatedObjects(
  references: readonly string[],
  caption: string,
  shown: readonly string[] = [],
): { named: string[]; hallucinated: string[] } {
  const truth = new Set<string>([...shown, ...references.flatMap(findObjects)]);
  const named = findObjects(caption);
  return { named, hallucinated: named.filter((object) => !truth.has(object)) };
}

export const chairMetric: Metric = {
  name: 'CHAIR',
  scores: ['CHAIRs', 'CHAIRi'],
  lowerIsBetter: true,
  needs: 'objects',
  available: () => Promise.resolve(true),
  load: () => Promise.resolve(),
  score(references, candidates, { objects }) {
    const { sentences, instances } = chair(references, candidates, objects);
    return { CHAIRs: sentences, CHAIRi: instances };
  },
};
