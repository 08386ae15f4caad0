import * as tf from '@tensorflow/tfjs-core';
import type { Captioner, DecoderState, Weights } from '../captioners/captioner';

/** Reads captions of several images word by word and keeps the tensors between the words. */
export class Stepper {
  private state: DecoderState;

  /**
   * @param features [images, regions, channels]
   * @param beams captions of each image
   */
  constructor(
    private readonly captioner: Captioner,
    private readonly weights: Weights,
    features: tf.Tensor3D,
    readonly beams: number,
  ) {
    this.state = tf.tidy(() => captioner.start(weights, features, beams));
    this.images = features.shape[0];
  }

  readonly images: number;

  /**
   * Reads one word of each caption.
   * @param words [images * beams]
   * @param choose makes of the log-probabilities [images, beams, words] the tensors that are read back
   * @returns their values, and the attention [images * beams * regions]
   */
  async read(
    words: number[],
    choose: (logProbabilities: tf.Tensor3D) => tf.Tensor[],
  ): Promise<{ values: Float32Array[]; attention: Float32Array }> {
    const [attention, chosen, state] = tf.tidy(() => {
      const ids = tf.tensor2d(words, [this.images, this.beams], 'int32');
      const next = this.captioner.step(this.weights, this.state, ids);
      return [next.attention, choose(tf.logSoftmax(next.logits)), next.state] as [
        tf.Tensor,
        tf.Tensor[],
        DecoderState,
      ];
    });
    this.replace(state);
    const read = await Promise.all([attention, ...chosen].map((x) => x.data()));
    tf.dispose([attention, ...chosen]);
    return { attention: read[0] as Float32Array, values: read.slice(1) as Float32Array[] };
  }

  /** Lets each place continue another caption of its image. @param parents [images * beams] */
  reorder(parents: number[]): void {
    this.replace(
      tf.tidy(() =>
        this.captioner.reorder(this.state, tf.tensor2d(parents, [this.images, this.beams], 'int32')),
      ),
    );
  }

  dispose(): void {
    tf.dispose(this.state);
  }

  private replace(state: DecoderState): void {
    const kept = new Set(Object.values(state));
    tf.dispose(Object.values(this.state).filter((tensor) => !kept.has(tensor)));
    this.state = state;
  }
}
