import * as tf from '@tensorflow/tfjs-core';
import type { Captioner, DecoderState, DecoderStep, Weights } from '../../lib/captioners/captioner';
import { kernels } from '../../lib/ops/kernels';

/**
 * The smallest captioner that learns: the last word and the mean of the picture's features tell the next word.
 * Its graphs are made in no time, so that whole trainings can be tested.
 */
export function bigramCaptioner(vocabSize: number): Captioner {
  const logits = (weights: Weights, picture: tf.Tensor, ids: tf.Tensor): tf.Tensor3D => {
    const flat = tf.reshape<tf.Rank.R1>(ids, [-1]);
    const next = tf.reshape(kernels().gather(weights['next'], flat), [...ids.shape, vocabSize]);
    const rows = tf.tile(tf.expandDims(picture, 1), [1, ids.shape[0] / picture.shape[0]]); // [images, rows of each]
    return tf.add(next, tf.mul(tf.reshape(rows, [-1, 1, 1]), weights['seen'])); // [rows, steps, words]
  };
  return {
    specs: {
      next: { shape: [vocabSize, vocabSize], initializer: 'glorot' },
      seen: { shape: [vocabSize], initializer: 'zeros' },
    },
    forward: (weights, features, ids) => ({ logits: logits(weights, tf.mean(features, [1, 2]), ids) }),
    initialState: (_, features) => ({ picture: tf.mean(features, [1, 2]) }),
    step: (weights, state, ids): DecoderStep => ({
      logits: logits(weights, state['picture'], ids),
      attention: tf.ones([...ids.shape, 1]),
      state,
    }),
    reorder: (state): DecoderState => state,
  };
}
