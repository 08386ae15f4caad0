import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import {
  attentionLstm as unrollAttentionLstm,
  attentionLstmStep,
  type AttentionLstmState,
  type AttentionLstmWeights,
  type ImageMemory,
} from '../ops/attention-lstm';
import { applyDropout, dense, type ApplyDropout, type Dropout } from '../ops/layers';
import { runLayer } from '../ops/record-layers';
import { gatherCaptions, repeatPerCaption } from './beams';
import type {
  Captioner,
  CaptionerInputs,
  CaptionerOutput,
  DecoderState,
  DecoderStep,
  Weights,
  WeightSpec,
} from './captioner';
import type { CaptionerDefinition } from './definition';
import {
  denseLayer,
  denseSpecs,
  embedRegions,
  embedTokens,
  lstmSpecs,
  normalizeRegions,
  regionSpecs,
  tokenLogits,
  tokenSpecs,
} from './layers';
import { sharedOptions } from './shared-options';

const attentionLstmOptions = z.strictObject({
  name: z.literal('attention-lstm').describe('kind of captioner'),
  embedding: sharedOptions.embedding,
  units: sharedOptions.units,
  regionUnits: z.int().min(1).max(16_384).default(512).describe('size of a projected region'),
  attentionUnits: z.int().min(1).max(16_384).default(256).describe('hidden units of additive attention'),
  tiedEmbedding: sharedOptions.tiedEmbedding,
  dropout: sharedOptions.dropout,
});

export type AttentionLstmOptions = z.infer<typeof attentionLstmOptions>;

export const attentionLstm: CaptionerDefinition<AttentionLstmOptions> = {
  name: 'attention-lstm',
  title: 'Show, Attend and Tell (Xu et al. 2015)',
  description: 'An LSTM that attends to the regions by additive attention before each token.',
  options: attentionLstmOptions,
  create: (options, inputs) => new AttentionLstm(options, inputs),
  sizes: {
    scenes: { embedding: 128, units: 192, regionUnits: 192, attentionUnits: 96, dropout: 0.1 },
    tiny: { embedding: 5, units: 6, regionUnits: 7, attentionUnits: 4 },
  },
  testVariants: { tied: {}, 'not tied': { tiedEmbedding: false } },
};

/**
 * "Show, Attend and Tell" with soft attention (Xu et al. 2015).
 *
 *   regions   projected, plus positional embeddings, normalized              [images, regions, regionUnits]
 *   start     hidden and cell: dense layers with tanh over the mean region             [rows, units]
 *   context   each step: additive attention over the regions (Bahdanau et al. 2015), queried by the hidden state of the
 *             step before, times a sigmoid gate                                        [rows, regionUnits]
 *   hidden    each step: LSTM over the token's embedding beside the context             [rows, units]
 *   logits    embedding, hidden and context through a dense layer with tanh ("deep output"), then the softmax layer
 *                                                                                [rows, steps, vocabSize]
 *
 * That regions are normalized and that the softmax layer may share the token embeddings is not in the paper.
 */
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
    const { hidden, context, attention } = this.lstmLayer(() => {
      const projected = tf.transpose(this.projectInput(weights, vectors) as tf.Tensor3D, [1, 0, 2]);
      const outputs = unrollAttentionLstm(projected, image, start, this.recurrentWeights(weights));
      const batchFirst = (x: tf.Tensor3D) => tf.transpose(x, [1, 0, 2]);
      return {
        hidden: batchFirst(outputs.hidden), // [rows, steps, units]
        context: batchFirst(outputs.context), // [rows, steps, regionUnits]
        attention: batchFirst(outputs.attention), // [rows, steps, regions]
      };
    });
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
    const keys = this.lstmLayer(() => dense(regions, weights['attention/key/kernel']) as tf.Tensor3D);
    return { regions, keys };
  }

  /** The LSTM and its attention, projected keys included, are one layer. */
  private lstmLayer<T extends object>(run: () => T): T {
    const { units, attentionUnits } = this.options;
    return runLayer('AttentionLSTM', 'lstm', run, `${units} units, attention of ${attentionUnits}`);
  }

  private firstState(weights: Weights, { regions }: ImageMemory, captions: number): AttentionLstmState {
    const project = () => {
      const mean = tf.mean(regions, 1); // [images, regionUnits]
      const [hidden, cell] = ['hidden', 'cell'].map((name) => {
        const state = tf.tanh(denseLayer(weights, `start/${name}`, mean));
        return repeatPerCaption(state as tf.Tensor2D, captions);
      });
      return { hidden, cell };
    };
    return runLayer('InitialState', 'start', project, 'mean region, dense, tanh');
  }

  /** The tokens' share of the LSTM's gates: `[..., embedding] -> [..., 4 * units]`. */
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

  /** `[rows, steps, ...] -> [rows, steps, vocabSize]`. */
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
    return tokenLogits(weights, drop(output), this.options.tiedEmbedding);
  }
}

/** The regions that attention reads: `[images, regions, channels] -> [images, regions, regionUnits]`. */
function projectedRegions(weights: Weights, features: tf.Tensor3D): tf.Tensor3D {
  return normalizeRegions(weights, embedRegions(weights, features));
}
