import { splitWords } from '../tokenizer';
import type { CaptionedImage, Problem, Splits } from './types';

/**
 * Leaves out training captions with fewer than `minWords` or more than `maxWords` words, and
 * images in no split. Captions of validation and test images all stay: they are references. A
 * training image that loses all its captions is a problem.
 */
export function filterTrainingCaptions(
  images: readonly CaptionedImage[],
  splits: Splits,
  { minWords, maxWords }: { minWords: number; maxWords: number },
): { images: CaptionedImage[]; splits: Splits; problems: Problem[]; filteredCaptions: number } {
  const train = new Set(splits.train);
  const references = new Set([...splits.validation, ...splits.test]);
  const problems: Problem[] = [];
  const kept: CaptionedImage[] = [];
  let filteredCaptions = 0;
  for (const image of images) {
    if (references.has(image.id)) kept.push(image);
    if (!train.has(image.id)) continue;
    const captions = image.captions.filter((caption) => {
      const words = splitWords(caption).length;
      return words >= minWords && words <= maxWords;
    });
    filteredCaptions += image.captions.length - captions.length;
    if (captions.length > 0) {
      kept.push({ ...image, captions });
    } else {
      train.delete(image.id);
      problems.push({ where: image.id, what: `no caption of ${minWords} to ${maxWords} words` });
    }
  }
  return {
    images: kept,
    splits: { ...splits, train: splits.train.filter((id) => train.has(id)) },
    problems,
    filteredCaptions,
  };
}
