import * as tf from '@tensorflow/tfjs-core';
import { PAD } from '../tokenizer';
import { Random } from '../random';
import type { BatchTensors } from './step';

/** A caption to learn: an image and the caption's tokens, START and END included. */
export interface Example {
  image: string;
  tokens: number[];
  /** not to be learned with the mirrored image; given only where there are mirrored images */
  mentionsLeftRight?: boolean;
}

/**
 * Captions of one image that are learned side by side, so that its regions go through the captioner once; as
 * `seq_per_img` in Luo et al. 2018 (ruotianluo/self-critical.pytorch).
 */
export type CaptionGroup = readonly Example[];

/** Captions of similar length as one training batch, those of each image side by side. */
export interface Batch {
  /** one for each group of as many rows */
  images: string[];
  /** [rows * steps]: START and the caption's tokens, padded with PAD */
  tokens: Int32Array;
  /** [rows * steps]: the caption's tokens and END, the same rows one token later */
  targets: Int32Array;
  /** [rows * steps]: 1 where there is a token to predict, 0 on padding */
  lossWeights: Float32Array;
  rows: number;
  steps: number;
  /** captions in it: as many as rows, or fewer where an image has fewer captions than others */
  captions: number;
}

/**
 * The captions of each image in groups of `size` at most, in their order; those that mention left or right are apart,
 * since they may go with another augmentation of the image.
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

/** Steps that a group needs: tokens to predict of its longest caption. */
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
 * each other. The batches of a bucket are equally large, so that they share one graph; the few groups beyond that go
 * into the next longer bucket. Those of the longest bucket may differ by one group.
 * The same seed and epoch give the same batches.
 * @param batchSize captions of a batch at most, about: as many groups as hold so many, if each were as large as the
 *   largest
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
  const most = Math.max(1, Math.round(batchSize / size)); // groups of a batch
  const batches: Batch[] = [];
  let carried: CaptionGroup[] = [];
  lengths.forEach((steps, i) => {
    const own = groups.filter((group) => stepsOf(group) > (lengths[i - 1] ?? 0) && stepsOf(group) <= steps);
    const bucket = [...carried, ...random.shuffle(own)];
    const count = Math.ceil(bucket.length / most);
    const isLongest = i === lengths.length - 1;
    const used = isLongest ? bucket.length : bucket.length - (bucket.length % count);
    batches.push(
      ...inEqualParts(bucket.slice(0, used), count).map((part) => makeBatch(part, { size, steps })),
    );
    carried = bucket.slice(used);
  });
  return random.shuffle(batches);
}

/** A list in so many pieces, whose sizes differ by one at most. */
function inEqualParts<T>(items: readonly T[], count: number): T[][] {
  const boundary = (i: number) => Math.ceil((i * items.length) / count);
  return Array.from({ length: count }, (_, i) => items.slice(boundary(i), boundary(i + 1)));
}

/**
 * Groups as one batch with `size` rows for each image; the rows of a smaller group that hold no caption do not count.
 */
export function makeBatch(
  groups: readonly CaptionGroup[],
  { size, steps }: { size: number; steps: number },
): Batch {
  const rows = groups.length * size;
  const tokens = new Int32Array(rows * steps).fill(PAD);
  const targets = new Int32Array(rows * steps).fill(PAD);
  const lossWeights = new Float32Array(rows * steps);
  groups.forEach((group, image) =>
    group.forEach(({ tokens: caption }, i) => {
      const first = (image * size + i) * steps;
      tokens.set(caption.slice(0, -1), first);
      targets.set(caption.slice(1), first);
      lossWeights.fill(1, first, first + caption.length - 1);
    }),
  );
  const images = groups.map(([{ image }]) => image);
  return { images, tokens, targets, lossWeights, rows, steps, captions: groups.flat().length };
}

/** A batch beside the features of its images, as tensors. */
export function batchTensors(
  { tokens, targets, lossWeights, rows, steps }: Batch,
  features: tf.Tensor3D,
): BatchTensors {
  return {
    features,
    tokens: tf.tensor2d(tokens, [rows, steps], 'int32'),
    targets: tf.tensor2d(targets, [rows, steps], 'int32'),
    lossWeights: tf.tensor2d(lossWeights, [rows, steps]),
  };
}
