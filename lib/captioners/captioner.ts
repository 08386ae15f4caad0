import type * as tf from '@tensorflow/tfjs-core';
import type { Dropout } from '../ops/layers';

/** The parameters of a captioner by name. */
export type Weights = Record<string, tf.Tensor>;

/** Shape and initializer of a weight. */
export interface WeightSpec {
  shape: number[];
  initializer: 'glorot' | 'orthogonal' | 'embedding' | 'zeros' | 'ones' | 'lstm-bias' | 'pretrained';
  /** Not trained by gradients: a statistic of the data, which `updateStatistics` moves on. */
  trainable?: false;
  /** factor on the learning rate (default: 1) */
  lrMultiplier?: number;
}

/** The sizes of a captioner's inputs and outputs. */
export interface CaptionerInputs {
  /** regions of an image: rows * columns of the encoder's grid */
  regions: number;
  /** channels of each region */
  channels: number;
  /** size of the vocabulary */
  vocabSize: number;
}

/** The state of a decoder between the tokens of a caption: tensors by name. */
export type DecoderState = Record<string, tf.Tensor>;

/** The output for whole captions. */
export interface CaptionerOutput {
  logits: tf.Tensor3D; // [rows, steps, vocabSize]
  /** attention weights of each position, summing to 1; of captioners that attend to regions */
  attention?: tf.Tensor3D; // [rows, steps, regions]
}

/** One step of decoding. */
export interface DecoderStep {
  logits: tf.Tensor3D; // [images, beams, vocabSize]
  /** attention weights, each row summing to 1; uniform where the captioner has no attention */
  attention: tf.Tensor3D; // [images, beams, regions]
  state: DecoderState;
}

/**
 * A model that predicts the next token of a caption. All functions are pure: weights come in, tensors go out, so
 * that they can be differentiated and compiled. Trainer and decoder know captioners by this interface alone.
 */
export interface Captioner {
  /** All weights. */
  readonly specs: Record<string, WeightSpec>;

  /**
   * Logits of the token after every prefix of given captions (teacher forcing).
   * @param features [images, regions, channels]
   * @param tokens int32 [rows, steps]; the prefix of position t is tokens 0..t. Each image has equally many
   *   rows, those of the first image first
   * @param dropout given while training
   */
  forward(weights: Weights, features: tf.Tensor3D, tokens: tf.Tensor2D, dropout?: Dropout): CaptionerOutput;

  /**
   * The weights with `trainable: false` after one more batch.
   * @param features [images, regions, channels]
   */
  updateStatistics?(weights: Weights, features: tf.Tensor3D): Weights;

  /** The state before the first token, for `beams` captions of each image. */
  initialState(weights: Weights, features: tf.Tensor3D, beams: number): DecoderState;

  /**
   * Reads one more token of each caption.
   * @param tokens int32 [images, beams]
   */
  step(weights: Weights, state: DecoderState, tokens: tf.Tensor2D): DecoderStep;

  /**
   * The state with captions exchanged for others of the same image.
   * @param parents int32 [images, beams]: the index of the caption that continues in each beam
   */
  reorder(state: DecoderState, parents: tf.Tensor2D): DecoderState;
}
