import { bleu } from './bleu';
import { mean } from './mean';
import { countNgrams } from './ngrams';
import { tokenize } from './ptb-tokenizer';

/** How much the captions of one image differ from each other; shares are means over the images with several captions. */
export interface SetDiversity {
  /** images with several captions */
  images: number;
  /** captions of such an image, on average */
  captionsPerImage: number;
  /** share of an image's captions that are different from each other, in (0, 1] */
  distinct: number;
  /** different words by the number of words of all captions of an image, in (0, 1] (Shetty et al. 2017) */
  div1: number;
  /** different pairs of words by the number of words of all captions of an image, in [0, 1) (Shetty et al. 2017) */
  div2: number;
  /** BLEU-4 of each caption of an image against the others, in [0, 1]: lower is more diverse (Shetty et al. 2017) */
  mBleu4: number;
}

/**
 * Measures the captions of each image against each other.
 * @param candidates captions by image
 * @returns undefined where no image has several
 */
export function measureSetDiversity(
  candidates: Readonly<Record<string, readonly string[]>>,
): SetDiversity | undefined {
  const sets = Object.entries(candidates).filter(([, captions]) => captions.length > 1);
  if (sets.length === 0) return undefined;
  const tokenized = sets.map(([, captions]) => captions.map(tokenize));
  return {
    images: sets.length,
    captionsPerImage: mean(sets.map(([, captions]) => captions.length)),
    distinct: mean(tokenized.map((captions) => distinctCaptions(captions) / captions.length)),
    div1: mean(tokenized.map((captions) => distinctNgrams(captions, 1))),
    div2: mean(tokenized.map((captions) => distinctNgrams(captions, 2))),
    mBleu4: mutualBleu4(sets),
  };
}

function distinctCaptions(captions: readonly string[][]): number {
  return new Set(captions.map((words) => words.join(' '))).size;
}

/** Different n-grams of the captions by the number of their words; 0 where there are no words. */
function distinctNgrams(captions: readonly string[][], n: number): number {
  const ngrams = new Set(captions.flatMap((words) => [...countNgrams(words, n).keys()]));
  return ngrams.size / Math.max(1, captions.flat().length);
}

/** Mean over the images of the mean over their captions. */
function mutualBleu4(sets: readonly (readonly [image: string, captions: readonly string[]])[]): number {
  const most = Math.max(...sets.map(([, captions]) => captions.length));
  const scores = new Map<string, number[]>(sets.map(([image]) => [image, []]));
  for (let k = 0; k < most; k++) {
    const having = sets.filter(([, captions]) => k < captions.length);
    const one = having.map(([image, captions]) => [image, captions[k]] as const);
    const others = having.map(([image, captions]) => [image, captions.filter((_, i) => i !== k)] as const);
    const bleu4 = bleu(Object.fromEntries(others), Object.fromEntries(one))[3];
    for (const [image, score] of Object.entries(bleu4.perImage)) scores.get(image)?.push(score);
  }
  return mean([...scores.values()].map(mean));
}
