import * as tf from '@tensorflow/tfjs-core';
import type { Weights, WeightSpec } from '../captioners/captioner';
import { Random } from '../random';

/** Noise on the vectors of new words, as a share of how much the known ones deviate: they must not all stay the same. */
const NOISE = 0.1;

/** The rarest known words, as a share of all: new words begin about as unlikely as these. */
const RAREST = 0.1;

/**
 * The weights of a captioner for a larger vocabulary, whose first words are the known ones.
 *
 * A new word's vectors, in embedding and softmax, are the mean of the known ones with a little noise: the mean word
 * changes the probabilities of the others least (Hewitt 2021), while a random vector may be likelier than any word that
 * fits. Its bias is the mean of the rarest tenth of the words: a word that was never seen is no likelier than they are.
 * @param weights of the captioner as it was; the caller keeps them
 * @param specs of the captioner with more words; weights that have another shape there grow
 * @param known words that there were, the special ones included, those that are more frequent first
 * @returns the weights; the caller disposes them
 */
export function weightsForNewWords(
  weights: Weights,
  specs: Record<string, WeightSpec>,
  known: number,
  seed: number,
): Weights {
  const grown = Object.entries(specs).map(([name, { shape }]) => {
    const before = weights[name];
    const axis = shape.findIndex((size, i) => size !== before.shape[i]);
    if (axis < 0) return [name, tf.clone(before)] as const;
    return [
      name,
      withNewRows(before, axis, shape[axis], { known, random: new Random(seed, 'new words', name) }),
    ] as const;
  });
  return Object.fromEntries(grown);
}

/** @returns the tensor with more entries along an axis */
function withNewRows(
  before: tf.Tensor,
  axis: number,
  size: number,
  { known, random }: { known: number; random: Random },
): tf.Tensor {
  const count = size - known;
  if (before.shape[axis] !== known)
    throw new Error(`a weight of shape ${before.shape.join('x')} does not grow with words`);
  return tf.tidy(() => {
    if (before.rank === 1) {
      const rare = Math.max(1, Math.round(RAREST * known));
      const low = tf.mean(tf.slice(before, known - rare, rare));
      return tf.concat([before, tf.fill([count], low.dataSync()[0])]); // [known + count]
    }
    const { mean, variance } = tf.moments(before, axis, true); // size 1 along the axis
    const shape = before.shape.map((length, i) => (i === axis ? count : length));
    const numbers = Float32Array.from(
      { length: tf.util.sizeFromShape(shape) },
      () => NOISE * random.normal(),
    );
    const rows = tf.add(mean, tf.mul(tf.tensor(numbers, shape), tf.sqrt(variance)));
    return tf.concat([before, rows], axis);
  });
}
