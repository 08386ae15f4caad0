import * as tf from '@tensorflow/tfjs-core';
import { kernels } from './kernels';

/**
 * Mean cross-entropy over the positions that count.
 *
 * @param logits [positions, words]
 * @param targets int32 [positions]
 * @param weights [positions], 0 where a caption has ended
 * @param smoothing share of the target spread over all words, 0 to 1
 * @returns a scalar in nats per word, differentiable by the logits
 */
export function captionLoss(
  logits: tf.Tensor2D,
  targets: tf.Tensor1D,
  weights: tf.Tensor1D,
  smoothing: number,
): tf.Scalar {
  const share = tf.div(weights, tf.sum(weights)); // [positions], sums to 1
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
