import * as tf from '@tensorflow/tfjs-core';
import { PAD } from '../data/tokenizer';
import { Random } from '../random';

/** A caption to learn: an image and the ids of its words, start and end included. */
export interface Example {
  image: string;
  tokens: number[];
  /** says left or right: not of the mirrored picture; only said where there are such */
  mentionsLeftRight?: boolean;
}

/**
 * Captions of one image that are learnt side by side, so that its regions go through the captioner once; as
 * `seq_per_img` in Luo et al. 2018 (ruotianluo/self-critical.pytorch).
 */
export type CaptionGroup = readonly Example[];

/** Captions of similar length as one training batch, those of each image side by side. */
export interface Batch {
  /** one for each group of as many rows */
  images: string[];
  /** [rows * steps]: start and words, filled up with padding */
  inputs: Int32Array;
  /** [rows * steps]: words and end, the same rows one word later */
  targets: Int32Array;
  /** [rows * steps]: 1 where there is a word to predict */
  lossWeights: Float32Array;
  rows: number;
  steps: number;
}

/**
 * The captions of each image in groups of `size` at most, in their order; those that say left or right are apart,
 * since they may see another view of the image.
 */
export function groupCaptions(examples: readonly Example[], size: number): CaptionGroup[] {
  if (size === 1) return examples.map((example) => [example]);
  const groups: Example[][] = [];
  const open = new Map<string, Example[]>();
  for (const example of examples) {
    const key = `${example.mentionsLeftRight ?? false} ${example.image}`;
    let group = open.get(key);
    if (!group || group.length === size) {
      group = [];
      groups.push(group);
      open.set(key, group);
    }
    group.push(example);
  }
  return groups;
}

/** Steps that a group needs: words to predict of its longest caption. */
const stepsOf = (group: CaptionGroup) => Math.max(...group.map(({ tokens }) => tokens.length - 1));

/**
 * The few lengths to which captions are padded, so that few graphs are compiled: of all choices of that many
 * lengths the one that pads least.
 * @returns ascending numbers of steps, the last one enough for the longest caption
 */
export function bucketLengths(groups: readonly CaptionGroup[], buckets: number): number[] {
  const counts = new Map<number, number>();
  for (const group of groups) counts.set(stepsOf(group), (counts.get(stepsOf(group)) ?? 0) + 1);
  const lengths = [...counts.keys()].sort((a, b) => a - b);
  // best[i]: the cheapest choice for the lengths up to the i-th, with that one as its last bucket
  let best = lengths.map((steps, i) => ({
    cost: steps * total(counts, lengths.slice(0, i + 1)),
    chosen: [steps],
  }));
  for (let more = 1; more < Math.min(buckets, lengths.length); more++) {
    best = best.map((alone, i) =>
      best.slice(0, i).reduce((cheapest, shorter, j) => {
        const cost = shorter.cost + lengths[i] * total(counts, lengths.slice(j + 1, i + 1));
        return cost < cheapest.cost ? { cost, chosen: [...shorter.chosen, lengths[i]] } : cheapest;
      }, alone),
    );
  }
  return best.at(-1)?.chosen ?? [];
}

function total(counts: Map<number, number>, lengths: number[]): number {
  return lengths.reduce((sum, length) => sum + counts.get(length)!, 0);
}

/**
 * The batches of an epoch: captions of one bucket are shuffled together, and the batches of all buckets among
 * each other. A bucket's last batch is filled with rows that do not count, so that every batch has as many.
 * The same seed and epoch give the same batches.
 * @param batchSize captions of a batch, about: as many groups as hold so many, if each were as large as the largest
 */
export function epochBatches(
  groups: readonly CaptionGroup[],
  lengths: readonly number[],
  batchSize: number,
  seed: number,
  epoch: number,
): Batch[] {
  const random = new Random(seed, 'batches', epoch);
  const size = Math.max(...groups.map((group) => group.length));
  const images = Math.max(1, Math.round(batchSize / size));
  const batches: Batch[] = [];
  let shortest = 0;
  for (const steps of lengths) {
    const bucket = random.shuffle(
      groups.filter((group) => stepsOf(group) > shortest && stepsOf(group) <= steps),
    );
    for (let at = 0; at < bucket.length; at += images)
      batches.push(makeBatch(bucket.slice(at, at + images), { images, size, steps }));

    shortest = steps;
  }
  return random.shuffle(batches);
}

/**
 * Groups as one batch of `images` groups with `size` rows each; rows beyond what there is do not count, and images
 * beyond it repeat the first.
 */
export function makeBatch(
  groups: readonly CaptionGroup[],
  { images, size, steps }: { images: number; size: number; steps: number },
): Batch {
  const rows = images * size;
  const inputs = new Int32Array(rows * steps).fill(PAD);
  const targets = new Int32Array(rows * steps).fill(PAD);
  const lossWeights = new Float32Array(rows * steps);
  groups.forEach((group, image) =>
    group.forEach(({ tokens }, i) => {
      const row = image * size + i;
      inputs.set(tokens.slice(0, -1), row * steps);
      targets.set(tokens.slice(1), row * steps);
      lossWeights.fill(1, row * steps, row * steps + tokens.length - 1);
    }),
  );
  const ids = Array.from({ length: images }, (_, image) => (groups[image] ?? groups[0])[0].image);
  return { images: ids, inputs, targets, lossWeights, rows, steps };
}

/** Inputs, targets and weights of a batch [rows, steps]. */
export function textTensors({ inputs, targets, lossWeights, rows, steps }: Batch): tf.Tensor[] {
  return [
    tf.tensor2d(inputs, [rows, steps], 'int32'),
    tf.tensor2d(targets, [rows, steps], 'int32'),
    tf.tensor2d(lossWeights, [rows, steps]),
  ];
}
