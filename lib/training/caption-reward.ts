import { sentenceBleu } from '../metrics/bleu';
import { findObjects } from '../metrics/chair/find-objects';
import { Cider } from '../metrics/cider';
import { mean } from '../metrics/mean';
import { tokenizeAtSpaces, tokenizeReferences } from '../metrics/ptb-tokenizer';
import type { References } from '../metrics/types';
import type { TrainingOptions } from './options';

/** A word behind captions and references that end, so that unfinished captions have a lower reward. */
const END_WORD = 'endofcaption';

export type RewardOptions = Pick<TrainingOptions, 'scstSkipNearest' | 'scstBleuWeight' | 'scstObjectWeight'>;

/**
 * What a sampled caption is worth in self-critical training: its CIDEr-D, and with weights of more than 0 its BLEU-4 and
 * the objects in it. The end counts as a word, and the references nearest to a caption do not count in CIDEr and
 * BLEU: a captioner knows those of its training images by heart.
 */
export class CaptionReward {
  private readonly cider: Cider;
  private readonly words: Record<string, string[][]>;
  private readonly objects: Map<string, ReadonlySet<string>>;

  /** @param references of the images whose captions are rewarded */
  constructor(
    references: References,
    private readonly options: RewardOptions,
  ) {
    const ended = Object.fromEntries(
      Object.entries(references).map(([image, texts]) => [image, texts.map((text) => `${text} ${END_WORD}`)]),
    );
    this.cider = new Cider(ended);
    this.words = options.scstBleuWeight > 0 ? tokenizeReferences(ended, tokenizeAtSpaces) : {};
    const shown = options.scstObjectWeight > 0 ? Object.entries(references) : [];
    this.objects = new Map(
      shown.map(([image, texts]) => [image, new Set<string>(texts.flatMap(findObjects))]),
    );
  }

  /**
   * @param text a caption of an image that has references
   * @param ended whether it came to its end
   */
  of(image: string, text: string, ended: boolean): number {
    const { scstSkipNearest, scstBleuWeight, scstObjectWeight } = this.options;
    const whole = ended ? `${text} ${END_WORD}` : text;
    const similarities = this.cider.similarities(image, whole);
    let reward = rewardOf(similarities, scstSkipNearest);
    if (scstBleuWeight > 0) {
      const counted = countedReferences(similarities, scstSkipNearest).map((at) => this.words[image][at]);
      reward += scstBleuWeight * sentenceBleu(tokenizeAtSpaces(whole), counted);
    }
    if (scstObjectWeight > 0)
      reward += scstObjectWeight * objectReward(findObjects(text), this.objects.get(image)!);
    return reward;
  }
}

/**
 * The mean of what a caption shares with each reference, without those nearest to it: CIDEr rewards the repetition of
 * one reference, which a captioner learns for its training images and cannot do for others.
 * @param skipped how many are left out; one always counts
 */
export function rewardOf(similarities: readonly number[], skipped: number): number {
  return mean(countedReferences(similarities, skipped).map((at) => similarities[at]));
}

/** The places of the references that count: all but the nearest. */
function countedReferences(similarities: readonly number[], skipped: number): number[] {
  return similarities
    .map((_, at) => at)
    .sort((a, b) => similarities[a] - similarities[b])
    .slice(0, Math.max(1, similarities.length - skipped));
}

/**
 * The share of an image's objects that a caption names, less one for each object that nobody named.
 * @param shown the objects that people named
 */
export function objectReward(named: readonly string[], shown: ReadonlySet<string>): number {
  const found = new Set(named.filter((object) => shown.has(object))).size;
  const invented = new Set(named.filter((object) => !shown.has(object))).size;
  return found / Math.max(1, shown.size) - invented;
}
