import * as tf from '@tensorflow/tfjs-core';
import { PAD } from '../data/tokenizer';
import { Random } from '../random';

/** A caption to learn: an image and the ids of its words, start and end included. */
export interface Example {
  image: string;
  words: number[];
  /** says left or right: not of the mirrored picture; only said where there are such */
  namesSide?: boolean;
}

/** Captions of similar length as one training batch. */
export interface Batch {
  images: string[];
  /** [rows * steps]: start and words, filled up with padding */
  inputs: Int32Array;
  /** [rows * steps]: words and end, the same rows one word later */
  targets: Int32Array;
  /** [rows * steps]: 1 where there is a word to predict */
  weights: Float32Array;
  rows: number;
  steps: number;
}

/**
 * The few lengths to which captions are padded, so that few graphs are compiled: of all choices of that many
 * lengths the one that pads least.
 * @returns ascending numbers of steps, the last one enough for the longest caption
 */
export function bucketLengths(examples: readonly Example[], buckets: number): number[] {
  const counts = new Map<number, number>();
  for (const { words } of examples) counts.set(words.length - 1, (counts.get(words.length - 1) ?? 0) + 1);
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
 */
export function epochBatches(
  examples: readonly Example[],
  lengths: readonly number[],
  batchSize: number,
  seed: number,
  epoch: number,
): Batch[] {
  const random = new Random(seed, 'batches', epoch);
  const batches: Batch[] = [];
  let shortest = 0;
  for (const steps of lengths) {
    const bucket = random.shuffle(
      examples.filter(({ words }) => words.length - 1 > shortest && words.length - 1 <= steps),
    );
    for (let at = 0; at < bucket.length; at += batchSize) {
      batches.push(makeBatch(bucket.slice(at, at + batchSize), batchSize, steps));
    }
    shortest = steps;
  }
  return random.shuffle(batches);
}

/** Examples as one batch of `rows` rows; rows beyond them repeat the first image and do not count. */
export function makeBatch(examples: readonly Example[], rows: number, steps: number): Batch {
  const inputs = new Int32Array(rows * steps).fill(PAD);
  const targets = new Int32Array(rows * steps).fill(PAD);
  const weights = new Float32Array(rows * steps);
  examples.forEach(({ words }, row) => {
    inputs.set(words.slice(0, -1), row * steps);
    targets.set(words.slice(1), row * steps);
    weights.fill(1, row * steps, row * steps + words.length - 1);
  });
  const images = Array.from({ length: rows }, (_, row) => (examples[row] ?? examples[0]).image);
  return { images, inputs, targets, weights, rows, steps };
}

/**
 * A batch as tensors: features [images, regions, channels], inputs, targets and weights [rows, steps].
 * @param features one image for each row, or for each group of as many rows [images * regions * channels]
 */
export function batchTensors(
  batch: Batch,
  features: Float32Array,
  { regions, channels }: { regions: number; channels: number },
): tf.Tensor[] {
  const images = features.length / (regions * channels);
  return [tf.tensor3d(features, [images, regions, channels]), ...textTensors(batch)];
}

/** Inputs, targets and weights of a batch [rows, steps]. */
export function textTensors({ inputs, targets, weights, rows, steps }: Batch): tf.Tensor[] {
  return [
    tf.tensor2d(inputs, [rows, steps], 'int32'),
    tf.tensor2d(targets, [rows, steps], 'int32'),
    tf.tensor2d(weights, [rows, steps]),
  ];
}
