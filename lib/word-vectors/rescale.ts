import * as tf from '@tensorflow/tfjs-core';

/**
 * A matrix of word vectors that begins with vectors from elsewhere where there are some, all scaled by one factor so
 * that their numbers deviate as much as those of the usual start.
 * @param initial the usual start [words, size]; the caller keeps it
 * @param pretrained vectors of the words with these ids
 */
export function withPretrainedVectors(
  initial: tf.Tensor,
  pretrained: ReadonlyMap<number, Float32Array>,
): tf.Tensor {
  const values = initial.dataSync<'float32'>().slice();
  const size = initial.shape[1] as number;
  const factor = deviation([values]) / deviation([...pretrained.values()]);
  for (const [id, vector] of pretrained) {
    values.set(
      vector.map((number) => number * factor),
      id * size,
    );
  }
  return tf.tensor(values, initial.shape);
}

/** The standard deviation of all numbers. */
function deviation(lists: Float32Array[]): number {
  let [count, sum, squares] = [0, 0, 0];
  for (const list of lists) {
    for (const number of list) {
      count++;
      sum += number;
      squares += number * number;
    }
  }
  return Math.sqrt(squares / count - (sum / count) ** 2);
}
