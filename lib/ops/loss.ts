import * as tf from '@tensorflow/tfjs-core';
import { kernels } from './kernels';

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
    const { loss, gradient } = kernels().softmaxCrossEntropy(x, targets, smoothing);
    save([gradient, share]);
    return {
      value: tf.sum(tf.mul(loss, share)),
      gradFunc: (dy: tf.Tensor, [byLogits, each]: tf.Tensor[]) =>
        tf.mul(byLogits, tf.mul(dy, tf.expandDims(each, 1))), // [positions, words]
    };
  });
  return operation(logits) as tf.Scalar;
}
