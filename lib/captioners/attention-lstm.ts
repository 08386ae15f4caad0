import * as tf from '@tensorflow/tfjs-core';
import type { AttentionLstmOptions } from '../config/captioner-options';
import {
  attentionLstm,
  attentionLstmStep,
  type AttentionLstmState,
  type AttentionLstmWeights,
  type Picture,
} from '../ops/attention-lstm';
import { dense, dropWith, type Drop, type Dropout } from '../ops/layers';
import { forEachCaption, takeCaptions } from './beams';
import type {
  Captioner,
  CaptionerInputs,
  CaptionerOutput,
  DecoderState,
  DecoderStep,
  Weights,
  WeightSpec,
} from './captioner';
import { namedDense } from './named-layers';
import { normalRegions, placedRegions, regionSpecs } from './regions';
import { denseSpecs, lstmSpecs } from './specs';
import { wordLogits, wordSpecs, wordVectors } from './words';

/**
 * "Show, Attend and Tell" with soft attention (Xu et al. 2015): before each word an LSTM looks at the regions, by
 * additive attention that its state asks; the mean of the regions starts the state, and word, state and context
 * together give the next word ("deep output").
 *
 * Regions are projected and normalised first, and the softmax may share the word vectors: neither is in the paper.
 */
export function attentionLstmCaptioner(options: AttentionLstmOptions, inputs: CaptionerInputs): Captioner {
  return new AttentionLstm(options, inputs);
}

class AttentionLstm implements Captioner {
  readonly specs: Record<string, WeightSpec>;

  constructor(
    private readonly options: AttentionLstmOptions,
    inputs: CaptionerInputs,
  ) {
    const { embedding, units, regionUnits, attentionUnits, tiedEmbedding } = options;
    this.specs = {
      ...wordSpecs(inputs.words, embedding, embedding, tiedEmbedding),
      ...regionSpecs(inputs, regionUnits),
      ...denseSpecs('start/hidden', regionUnits, units),
      ...denseSpecs('start/cell', regionUnits, units),
      'attention/key/kernel': { shape: [regionUnits, attentionUnits], start: 'glorot' },
      ...denseSpecs('attention/query', units, attentionUnits),
      'attention/score': { shape: [attentionUnits, 1], start: 'glorot' },
      ...denseSpecs('attention/gate', units, 1),
      ...lstmSpecs('lstm', embedding + regionUnits, units),
      ...denseSpecs('to-word', embedding + units + regionUnits, embedding),
    };
  }

  forward(weights: Weights, features: tf.Tensor3D, words: tf.Tensor2D, dropout?: Dropout): CaptionerOutput {
    const drop = dropWith(dropout);
    const picture = this.picture(weights, drop(projected(weights, features)));
    const start = this.startState(weights, picture, words.shape[0] / features.shape[0]);
    const vectors = drop(this.vectors(weights, words)); // [rows, steps, embedding]
    const told = tf.transpose(this.toLstm(weights, vectors) as tf.Tensor3D, [1, 0, 2]);
    const looked = attentionLstm(told, picture, start, this.recurrence(weights));
    const [hidden, context, attention] = [looked.hidden, looked.context, looked.attention].map((x) =>
      tf.transpose(x, [1, 0, 2]),
    );
    return { logits: this.logits(weights, vectors, drop(hidden), context, drop), attention };
  }

  start(weights: Weights, features: tf.Tensor3D, beams: number): DecoderState {
    const picture = this.picture(weights, projected(weights, features));
    return { ...picture, ...this.startState(weights, picture, beams) };
  }

  step(weights: Weights, state: DecoderState, words: tf.Tensor2D): DecoderStep {
    const { regions, keys, ...before } = state;
    const vectors = this.vectors(weights, tf.reshape(words, [-1])); // [captions, embedding]
    const told = this.toLstm(weights, vectors) as tf.Tensor2D;
    const picture = { regions, keys } as Picture;
    const recurrence = this.recurrence(weights);
    const next = attentionLstmStep(told, picture, before as unknown as AttentionLstmState, recurrence);
    const { hidden, cell, context, attention } = next;
    const [vector, seen, asked] = [vectors, context, hidden].map((x) => tf.reshape(x, [...words.shape, -1]));
    return {
      logits: this.logits(weights, vector, asked, seen, dropWith()),
      attention,
      state: { regions, keys, hidden, cell },
    };
  }

  reorder({ regions, keys, hidden, cell }: DecoderState, parents: tf.Tensor2D): DecoderState {
    return { regions, keys, ...takeCaptions({ hidden, cell }, parents) };
  }

  private vectors(weights: Weights, words: tf.Tensor): tf.Tensor {
    return wordVectors(weights, words, this.options.tiedEmbedding);
  }

  private picture(weights: Weights, regions: tf.Tensor3D): Picture {
    return { regions, keys: dense(regions, weights['attention/key/kernel']) as tf.Tensor3D };
  }

  private startState(weights: Weights, { regions }: Picture, captions: number): AttentionLstmState {
    const mean = tf.mean(regions, 1); // [images, regionUnits]
    const [hidden, cell] = ['hidden', 'cell'].map((name) => {
      const state = tf.tanh(namedDense(weights, `start/${name}`, mean));
      return forEachCaption(state as tf.Tensor2D, captions);
    });
    return { hidden, cell };
  }

  /** What words say to the LSTM: `[..., embedding] -> [..., 4 * units]`. */
  private toLstm(weights: Weights, vectors: tf.Tensor): tf.Tensor {
    return dense(vectors, tf.slice(weights['lstm/kernel'], 0, this.options.embedding));
  }

  private recurrence(weights: Weights): AttentionLstmWeights {
    const { embedding, regionUnits } = this.options;
    const side = (...names: string[]) => names.map((name) => weights[name]);
    return {
      state: tf.concat(
        side('attention/query/kernel', 'attention/gate/kernel', 'lstm/recurrent'),
        1,
      ) as tf.Tensor2D,
      stateBias: tf.concat(side('attention/query/bias', 'attention/gate/bias', 'lstm/bias')) as tf.Tensor1D,
      score: weights['attention/score'] as tf.Tensor2D,
      context: tf.slice(weights['lstm/kernel'] as tf.Tensor2D, embedding, regionUnits),
    };
  }

  /** `[rows, steps, ...] -> [rows, steps, words]`. */
  private logits(
    weights: Weights,
    vectors: tf.Tensor,
    hidden: tf.Tensor,
    context: tf.Tensor,
    drop: Drop,
  ): tf.Tensor3D {
    const known = tf.concat([vectors, hidden, context], -1);
    const word = tf.tanh(namedDense(weights, 'to-word', known));
    return wordLogits(weights, drop(word), this.options.tiedEmbedding) as tf.Tensor3D;
  }
}

/** Regions as attention sees them: `[images, regions, channels] -> [images, regions, regionUnits]`. */
function projected(weights: Weights, features: tf.Tensor3D): tf.Tensor3D {
  return normalRegions(weights, placedRegions(weights, features));
}
