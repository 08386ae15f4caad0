import type * as tf from '@tensorflow/tfjs-core';
import type { Dropout } from '../ops/layers';

/** The trained numbers of a captioner by name. */
export type Weights = Record<string, tf.Tensor>;

/** A weight's shape and how it starts. */
export interface WeightSpec {
  shape: number[];
  initializer: 'glorot' | 'orthogonal' | 'embedding' | 'zeros' | 'ones' | 'lstm-bias' | 'pretrained';
  /** Not learnt by gradients: an average of the data, which `averages` keeps up with. */
  trainable?: false;
  /** factor on the learning rate (default: 1) */
  lrMultiplier?: number;
}

/** What a captioner is told about its inputs and outputs. */
export interface CaptionerInputs {
  /** regions of a picture: rows * columns of the encoder's grid */
  regions: number;
  /** channels of each region */
  channels: number;
  /** size of the vocabulary */
  vocabSize: number;
}

/** What a captioner keeps between the words of a caption: tensors by name. */
export type DecoderState = Record<string, tf.Tensor>;

/** What a captioner says of whole captions. */
export interface CaptionerOutput {
  logits: tf.Tensor3D; // [rows, steps, words]
  /** where it looked before each word, each summing to 1; of captioners that look at regions */
  attention?: tf.Tensor3D; // [rows, steps, regions]
}

/** One step of decoding. */
export interface DecoderStep {
  logits: tf.Tensor3D; // [images, beams, words]
  /** where the captioner looked, each row summing to 1 */
  attention: tf.Tensor3D; // [images, beams, regions]
  state: DecoderState;
}

/**
 * A model that gives the next word of a caption. All functions are pure: weights come in, tensors go out, so
 * that they can be differentiated and compiled. Trainer and decoder know captioners by this interface alone.
 */
export interface Captioner {
  /** Every weight with its shape. */
  readonly specs: Record<string, WeightSpec>;

  /**
   * Logits of the word after every prefix, with the caption's own words as prefix (teacher forcing).
   * @param features [images, regions, channels]
   * @param tokens int32 [rows, steps]; the prefix of position t is words 0..t. There are as many rows for each
   *   image, those of the first image first
   * @param dropout given while training
   */
  forward(weights: Weights, features: tf.Tensor3D, tokens: tf.Tensor2D, dropout?: Dropout): CaptionerOutput;

  /**
   * The weights that are averages of the data, after one more batch: those whose spec says `averaged`.
   * @param features [images, regions, channels]
   */
  updateStatistics?(weights: Weights, features: tf.Tensor3D): Weights;

  /** The state before the first word, for `beams` captions of each image. */
  initialState(weights: Weights, features: tf.Tensor3D, beams: number): DecoderState;

  /**
   * Reads one more word of each caption.
   * @param tokens int32 [images, beams]
   */
  step(weights: Weights, state: DecoderState, tokens: tf.Tensor2D): DecoderStep;

  /**
   * The state with captions exchanged for others of the same image.
   * @param parents int32 [images, beams]: which caption continues at each place
   */
  reorder(state: DecoderState, parents: tf.Tensor2D): DecoderState;
}
