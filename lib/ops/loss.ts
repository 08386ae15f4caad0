import * as tf from '@tensorflow/tfjs-core';
import { kernels } from './kernels';

/**
 * How far the attention of captions is from adding up to 1 in every region: mean over captions and regions of
 * (1 - sum over the tokens of the attention)^2 (doubly stochastic attention, Xu et al. 2015, 4.2.1).
 *
 * @param attention [captions, steps, regions]
 * @param lossWeights [captions, steps], 0 where a caption has ended; captions without a token do not count
 */
export function attentionPenalty(attention: tf.Tensor3D, lossWeights: tf.Tensor2D): tf.Scalar {
  const counts = tf.cast(tf.notEqual(lossWeights, 0), 'float32'); // [captions, steps]
  const attended = tf.sum(tf.mul(attention, tf.expandDims(counts, 2)), 1); // [captions, regions]
  const missing = tf.mean(tf.square(tf.sub(1, attended)), 1); // [captions]
  const captions = tf.max(counts, 1); // [captions], 1 where there is a token
  return tf.div(tf.sum(tf.mul(missing, captions)), tf.maximum(tf.sum(captions), 1));
}

/**
 * Targets as probabilities: each token's own share and what is spread over the vocabulary (label smoothing, Szegedy et
 * al. 2016).
 * @param targets int32 [positions]
 * @returns [positions, vocabSize]
 */
export function smoothTargets(targets: tf.Tensor1D, vocabSize: number, smoothing: number): tf.Tensor {
  const spread = smoothing / vocabSize;
  return tf.oneHot(targets, vocabSize, 1 - smoothing + spread, spread, 'float32');
}

/**
 * Softmax cross-entropy and its gradient, in as few passes over the logits as possible.
 * @param logits [positions, vocabSize]
 * @param targets int32 [positions]
 * @param smoothing share of the target that is spread over the vocabulary (label smoothing, Szegedy et al. 2016)
 * @returns loss [positions] and its gradient by the logits [positions, vocabSize]
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
  const indices = tf.add(tf.range(0, positions * vocabSize, vocabSize, 'int32'), targets) as tf.Tensor1D;
  const wanted = kernels().gather(tf.reshape<tf.Rank.R1>(logits, [-1]), indices); // [positions]
  let loss = tf.sub(logOfSum, tf.mul(wanted, 1 - smoothing));
  if (smoothing > 0) loss = tf.sub(loss, tf.mul(tf.mean(logits, 1), smoothing));
  const gradient = tf.sub<tf.Tensor2D>(probabilities, smoothTargets(targets, vocabSize, smoothing));
  return { loss: loss as tf.Tensor1D, gradient };
}

/**
 * Mean cross-entropy over the positions that count, each times its weight.
 *
 * @param logits [positions, vocabSize]
 * @param targets int32 [positions]
 * @param lossWeights [positions], 0 where a caption has ended, 1 where there is a token to learn, or its advantage (in
 *   self-critical training, also below 0); the mean is over the positions that are not 0
 * @param smoothing share of the target spread over the vocabulary, 0 to 1
 * @returns a scalar in nats per token, differentiable by the logits
 */
export function captionLoss(
  logits: tf.Tensor2D,
  targets: tf.Tensor1D,
  lossWeights: tf.Tensor1D,
  smoothing: number,
): tf.Scalar {
  const counted = tf.sum(tf.cast(tf.notEqual(lossWeights, 0), 'float32'));
  const share = tf.div(lossWeights, tf.maximum(counted, 1)); // [positions]
  const operation = tf.customGrad((...args) => {
    const [x, save] = args as unknown as [tf.Tensor2D, tf.GradSaveFunc];
    const { loss, gradient } = softmaxCrossEntropy(x, targets, smoothing);
    save([gradient, share]);
    return {
      value: tf.sum(tf.mul(loss, share)),
      gradFunc: (dy: tf.Tensor, [byLogits, each]: tf.Tensor[]) =>
        tf.mul(byLogits, tf.mul(dy, tf.expandDims(each, 1))), // [positions, vocabSize]
    };
  });
  return operation(logits) as tf.Scalar;
}
