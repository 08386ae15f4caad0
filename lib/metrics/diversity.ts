import { tokenize } from './ptb-tokenizer';
/** How varied a set of generated captions is. Words are those of the metrics' tokenizer (ptb-tokenizer.ts). */
export interface Diversity {
  captions: number;
  vocabularySize: number;
  /** Words in a caption, on average. */
  meanLength: number;
  distinctCaptions: number;
  /** Share of captions that do not occur word for word in the training captions, in [0, 1]. */
  novelty: number;
  /** Share of captions that are also another image's, in [0, 1]. */
  duplicateRate: number;
  /** The captions of more than one image, with the number of images; the most frequent first. */
  repeated: { caption: string; images: number }[];
}

/**
 * Measures captions without their references: a captioner that repeats itself or its training data
 * shows here, not in the scores.
 * @param candidates the caption of each image, or several
 * @param training the captions it was trained on
 */
export function measureDiversity(
  candidates: Readonly<Record<string, string | readonly string[]>>,
  training: Iterable<string>,
): Diversity {
  const sets = Object.values(candidates).map((captions) => [captions].flat().map(tokenize));
  const sentences = sets.flat();
  const texts = sentences.map((words) => words.join(' '));
  const known = new Set(Array.from(training, (caption) => tokenize(caption).join(' ')));
  const images = new Map<string, number>();
  for (const captions of sets) {
    for (const text of new Set(captions.map((words) => words.join(' '))))
      images.set(text, (images.get(text) ?? 0) + 1);
  }
  const share = (count: number) => count / Math.max(1, texts.length);
  return {
    captions: texts.length,
    vocabularySize: new Set(sentences.flat()).size,
    meanLength: share(sentences.reduce((sum, words) => sum + words.length, 0)),
    distinctCaptions: images.size,
    novelty: share(texts.filter((text) => !known.has(text)).length),
    duplicateRate: share(texts.filter((text) => (images.get(text) ?? 0) > 1).length),
    repeated: [...images]
      .filter(([, count]) => count > 1)
      .sort(([, a], [, b]) => b - a)
      .map(([caption, count]) => ({ caption, images: count })),
  };
}
