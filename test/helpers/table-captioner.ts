import * as tf from '@tensorflow/tfjs-core';
import type {
  Captioner,
  CaptionerOutput,
  DecoderState,
  DecoderStep,
  Weights,
} from '../../lib/captioners/captioner';

/** Logits of the next word for a caption so far (START included) of an image. */
export type Table = (image: number, tokens: number[]) => number[];

/**
 * A captioner that looks its logits up: decoding can be tested without any weights. The features of an image
 * are its number, [images, 1, 1]; what it reads so far is its state.
 */
export class TableCaptioner implements Captioner {
  readonly specs = {};

  constructor(private readonly table: Table) {}

  forward(): CaptionerOutput {
    throw new Error('the table is for decoding alone');
  }

  initialState(_: Weights, features: tf.Tensor3D, beams: number): DecoderState {
    return { image: tf.tile(tf.reshape(features, [-1, 1]), [1, beams]) }; // [images, beams]
  }

  step(_: Weights, state: DecoderState, tokens: tf.Tensor2D): DecoderStep {
    const [images, beams] = tokens.shape;
    const last = tf.expandDims(tf.cast(tokens, 'float32'), 2); // [images, beams, 1]
    const read = state['read'] ? tf.concat([state['read'], last], 2) : last; // [images, beams, steps]
    const numbers = state['image'].dataSync();
    const prefixes = read.dataSync();
    const steps = read.shape[2] as number;
    const logits = Array.from({ length: images * beams }, (_unused, i) =>
      this.table(numbers[i], [...prefixes.slice(i * steps, (i + 1) * steps)]),
    );
    return {
      logits: tf.tensor3d(logits.flat(), [images, beams, logits[0].length]),
      attention: tf.tile(tf.reshape(state['image'], [images, beams, 1]), [1, 1, 2]),
      state: { ...state, read },
    };
  }

  reorder(state: DecoderState, parents: tf.Tensor2D): DecoderState {
    const [images] = parents.shape;
    const rows = tf.stack(
      Array.from({ length: images }, (_unused, i) =>
        tf.gather(tf.squeeze(tf.slice(state['read'], i, 1), [0]), tf.squeeze(tf.slice(parents, i, 1), [0])),
      ),
    );
    return { ...state, read: rows };
  }
}

/** Features of the images with these numbers. */
export function imageNumbers(...images: number[]): tf.Tensor3D {
  return tf.tensor3d(images, [images.length, 1, 1]);
}
