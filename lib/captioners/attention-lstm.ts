import * as tf from '@tensorflow/tfjs-core';
import type { AttentionLstmOptions } from '../config/captioner-options';
import {
  attentionLstm,
  attentionLstmStep,
  type AttentionLstmState,
  type AttentionLstmWeights,
  type ImageMemory,
} from '../ops/attention-lstm';
import { dense, applyDropout, type ApplyDropout, type Dropout } from '../ops/layers';
import { runLayer } from '../ops/record-layers';
import { repeatPerCaption, gatherCaptions } from './beams';
import type {
  Captioner,
  CaptionerInputs,
  CaptionerOutput,
  DecoderState,
  DecoderStep,
  Weights,
  WeightSpec,
} from './captioner';
import { denseLayer } from './named-layers';
import { normalizeRegions, embedRegions, regionSpecs } from './regions';
import { denseSpecs, lstmSpecs } from './specs';
import { tokenLogits, tokenSpecs, embedTokens } from './tokens';

/**
 * "Show, Attend and Tell" with soft attention (Xu et al. 2015): before each word an LSTM looks at the regions, by
 * additive attention that its state asks; the mean of the regions starts the state, and word, state and context
 * together give the next word ("deep output").
 *
 * Regions are projected and normalized first, and the softmax may share the word vectors: neither is in the paper.
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
      ...tokenSpecs(inputs.vocabSize, embedding, embedding, tiedEmbedding),
      ...regionSpecs(inputs, regionUnits),
      ...denseSpecs('start/hidden', regionUnits, units),
      ...denseSpecs('start/cell', regionUnits, units),
      'attention/key/kernel': { shape: [regionUnits, attentionUnits], initializer: 'glorot' },
      ...denseSpecs('attention/query', units, attentionUnits),
      'attention/score': { shape: [attentionUnits, 1], initializer: 'glorot' },
      ...denseSpecs('attention/gate', units, 1),
      ...lstmSpecs('lstm', embedding + regionUnits, units),
      ...denseSpecs('to-word', embedding + units + regionUnits, embedding),
    };
  }

  forward(weights: Weights, features: tf.Tensor3D, tokens: tf.Tensor2D, dropout?: Dropout): CaptionerOutput {
    const drop = applyDropout(dropout);
    const image = this.imageMemory(weights, drop(projectedRegions(weights, features)));
    const start = this.firstState(weights, image, tokens.shape[0] / features.shape[0]);
    const vectors = drop(this.embed(weights, tokens)); // [rows, steps, embedding]
    const { units, attentionUnits } = this.options;
    const unroll = () => {
      const projected = tf.transpose(this.projectInput(weights, vectors) as tf.Tensor3D, [1, 0, 2]);
      const unrolled = attentionLstm(projected, image, start, this.recurrentWeights(weights));
      const batchFirst = (x: tf.Tensor3D) => tf.transpose(x, [1, 0, 2]);
      return {
        hidden: batchFirst(unrolled.hidden), // [rows, steps, units]
        context: batchFirst(unrolled.context), // [rows, steps, regionUnits]
        attention: batchFirst(unrolled.attention), // [rows, steps, regions]
      };
    };
    const detail = `${units} units, additive attention of ${attentionUnits}`;
    const { hidden, context, attention } = runLayer('Attention LSTM', 'lstm', unroll, detail);
    return { logits: this.logits(weights, vectors, drop(hidden), context, drop), attention };
  }

  initialState(weights: Weights, features: tf.Tensor3D, beams: number): DecoderState {
    const image = this.imageMemory(weights, projectedRegions(weights, features));
    return { ...image, ...this.firstState(weights, image, beams) };
  }

  step(weights: Weights, state: DecoderState, tokens: tf.Tensor2D): DecoderStep {
    const { regions, keys, ...past } = state;
    const vectors = this.embed(weights, tf.reshape(tokens, [-1])); // [captions, embedding]
    const projected = this.projectInput(weights, vectors) as tf.Tensor2D;
    const image = { regions, keys } as ImageMemory;
    const recurrence = this.recurrentWeights(weights);
    const next = attentionLstmStep(projected, image, past as unknown as AttentionLstmState, recurrence);
    const { hidden, cell, gatedContext: context, attention } = next;
    const [vector, contextOfToken, hiddenOfToken] = [vectors, context, hidden].map((x) =>
      tf.reshape(x, [...tokens.shape, -1]),
    );
    return {
      logits: this.logits(weights, vector, hiddenOfToken, contextOfToken, applyDropout()),
      attention,
      state: { regions, keys, hidden, cell },
    };
  }

  reorder({ regions, keys, hidden, cell }: DecoderState, parents: tf.Tensor2D): DecoderState {
    return { regions, keys, ...gatherCaptions({ hidden, cell }, parents) };
  }

  private embed(weights: Weights, tokens: tf.Tensor): tf.Tensor {
    return embedTokens(weights, tokens, this.options.tiedEmbedding);
  }

  private imageMemory(weights: Weights, regions: tf.Tensor3D): ImageMemory {
    const project = () => dense(regions, weights['attention/key/kernel']) as tf.Tensor3D;
    return { regions, keys: runLayer('Dense', 'attention/key', project) };
  }

  private firstState(weights: Weights, { regions }: ImageMemory, captions: number): AttentionLstmState {
    const mean = runLayer('GlobalAveragePooling', 'start/pool', () => tf.mean(regions, 1)); // [images, regionUnits]
    const [hidden, cell] = ['hidden', 'cell'].map((name) => {
      const state = tf.tanh(denseLayer(weights, `start/${name}`, mean));
      return repeatPerCaption(state as tf.Tensor2D, captions);
    });
    return { hidden, cell };
  }

  /** What words say to the LSTM: `[..., embedding] -> [..., 4 * units]`. */
  private projectInput(weights: Weights, vectors: tf.Tensor): tf.Tensor {
    return dense(vectors, tf.slice(weights['lstm/kernel'], 0, this.options.embedding));
  }

  private recurrentWeights(weights: Weights): AttentionLstmWeights {
    const { embedding, regionUnits } = this.options;
    const pick = (...names: string[]) => names.map((name) => weights[name]);
    return {
      state: tf.concat(
        pick('attention/query/kernel', 'attention/gate/kernel', 'lstm/recurrent'),
        1,
      ) as tf.Tensor2D,
      stateBias: tf.concat(pick('attention/query/bias', 'attention/gate/bias', 'lstm/bias')) as tf.Tensor1D,
      score: weights['attention/score'] as tf.Tensor2D,
      contextKernel: tf.slice(weights['lstm/kernel'] as tf.Tensor2D, embedding, regionUnits),
    };
  }

  /** `[rows, steps, ...] -> [rows, steps, words]`. */
  private logits(
    weights: Weights,
    vectors: tf.Tensor,
    hidden: tf.Tensor,
    context: tf.Tensor,
    drop: ApplyDropout,
  ): tf.Tensor3D {
    const features = runLayer('Concatenate', 'to-word/concat', () =>
      tf.concat([vectors, hidden, context], -1),
    );
    const output = tf.tanh(denseLayer(weights, 'to-word', features));
    return tokenLogits(weights, drop(output), this.options.tiedEmbedding) as tf.Tensor3D;
  }
}

/** Regions as attention sees them: `[images, regions, channels] -> [images, regions, regionUnits]`. */
function projectedRegions(weights: Weights, features: tf.Tensor3D): tf.Tensor3D {
  return normalizeRegions(weights, embedRegions(weights, features));
}
