import * as tf from '@tensorflow/tfjs-core';
import { kernels } from './kernels';

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
