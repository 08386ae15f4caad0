import * as tf from '@tensorflow/tfjs-core';
import { kernels } from './kernels';
import { smoothTargets } from './targets';

/**
 * How far captions are from having looked at every region once in all: mean over captions and regions of
 * (1 - sum over the words of the attention)^2 (doubly stochastic attention, Xu et al. 2015, 4.2.1).
 *
 * @param attention [captions, steps, regions]
 * @param weights [captions, steps], 0 where a caption has ended; captions without a word do not count
 */
export function attentionPenalty(attention: tf.Tensor3D, weights: tf.Tensor2D): tf.Scalar {
  const counts = tf.cast(tf.notEqual(weights, 0), 'float32'); // [captions, steps]
  const seen = tf.sum(tf.mul(attention, tf.expandDims(counts, 2)), 1); // [captions, regions]
  const missing = tf.mean(tf.square(tf.sub(1, seen)), 1); // [captions]
  const captions = tf.max(counts, 1); // [captions], 1 where there is a word
  return tf.div(tf.sum(tf.mul(missing, captions)), tf.maximum(tf.sum(captions), 1));
}

/**
 * Softmax cross-entropy and its gradient, in as few passes over the logits as possible.
 * @param logits [positions, words]
 * @param targets int32 [positions]
 * @param smoothing share of the target that is spread over all words (label smoothing, Szegedy et al. 2016)
 * @returns loss [positions] and its gradient by the logits [positions, words]
 */
export function softmaxCrossEntropy(
  logits: tf.Tensor2D,
  targets: tf.Tensor1D,
  smoothing: number,
): { loss: tf.Tensor1D; gradient: tf.Tensor2D } {
  const [positions, vocabSize] = logits.shape;
  const probabilities = tf.softmax(logits);
  // The highest probability is 1 / sum(exp(logits - highest)): no second pass with exp is needed.
  const logOfSum = tf.sub(tf.max(logits, 1), tf.log(tf.max(probabilities, 1))); // [positions]
  const places = tf.add(tf.range(0, positions * vocabSize, vocabSize, 'int32'), targets) as tf.Tensor1D;
  const wanted = kernels().gather(tf.reshape<tf.Rank.R1>(logits, [-1]), places); // [positions]
  let loss = tf.sub(logOfSum, tf.mul(wanted, 1 - smoothing));
  if (smoothing > 0) loss = tf.sub(loss, tf.mul(tf.mean(logits, 1), smoothing));
  const gradient = tf.sub<tf.Tensor2D>(probabilities, smoothTargets(targets, vocabSize, smoothing));
  return { loss: loss as tf.Tensor1D, gradient };
}

/**
 * Mean cross-entropy over the positions that count, each times its weight.
 *
 * @param logits [positions, words]
 * @param targets int32 [positions]
 * @param weights [positions], 0 where a caption has ended, 1 where there is a word to learn, or how much more
 *   (below 0: how much less) a word is wanted; the mean is over the positions that are not 0
 * @param smoothing share of the target spread over all words, 0 to 1
 * @returns a scalar in nats per word, differentiable by the logits
 */
export function captionLoss(
  logits: tf.Tensor2D,
  targets: tf.Tensor1D,
  weights: tf.Tensor1D,
  smoothing: number,
): tf.Scalar {
  const counted = tf.sum(tf.cast(tf.notEqual(weights, 0), 'float32'));
  const share = tf.div(weights, tf.maximum(counted, 1)); // [positions]
  const operation = tf.customGrad((...args) => {
    const [x, save] = args as unknown as [tf.Tensor2D, tf.GradSaveFunc];
    const { loss, gradient } = softmaxCrossEntropy(x, targets, smoothing);
    save([gradient, share]);
    return {
      value: tf.sum(tf.mul(loss, share)),
      gradFunc: (dy: tf.Tensor, [byLogits, each]: tf.Tensor[]) =>
        tf.mul(byLogits, tf.mul(dy, tf.expandDims(each, 1))), // [positions, words]
    };
  });
  return operation(logits) as tf.Scalar;
}
