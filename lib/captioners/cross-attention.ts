import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { applyDropout, type ApplyDropout, type Dropout } from '../ops/layers';
import { runLayer } from '../ops/record-layers';
import { AttentionBlock, packKeyValues, unpackKeyValues, type KeyValues } from './attention-block';
import { gatherCaptions } from './beams';
import { bilstmOverPrefixes, bilstmSpecs, bilstmStep, type BilstmState } from './bilstm';
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
  layerNormLayer,
  normalizeRegions,
  normSpecs,
  regionSpecs,
  tokenLogits,
  tokenSpecs,
} from './layers';
import { sharedOptions } from './shared-options';

const crossAttentionOptions = z.strictObject({
  name: z.literal('cross-attention').describe('kind of captioner'),
  embedding: sharedOptions.embedding,
  lstmUnits: z
    .array(z.int().min(1).max(16_384))
    .min(1)
    .max(32)
    .default([256])
    .describe('units of each bidirectional LSTM layer, per direction'),
  layers: z.int().min(1).max(100).default(2).describe('decoder blocks'),
  heads: sharedOptions.heads,
  headSize: sharedOptions.headSize,
  feedForward: sharedOptions.feedForward,
  tiedEmbedding: sharedOptions.tiedEmbedding,
  residual: z.boolean().default(true).describe('residual connections and layer normalization'),
  pooledSlices: z
    .int()
    .min(0)
    .max(4096)
    .default(0)
    .describe('attend to the pooled image, cut into so many slices (0: attend to the regions)'),
  dropout: sharedOptions.dropout,
});

export type CrossAttentionOptions = z.infer<typeof crossAttentionOptions>;

export const crossAttention: CaptionerDefinition<CrossAttentionOptions> = {
  name: 'cross-attention',
  title: 'Bidirectional LSTM with cross-attention',
  description: 'LSTMs encode each prefix; their last states attend to the regions by multi-head attention.',
  options: crossAttentionOptions,
  create: (options, inputs) => new CrossAttention(options, inputs),
  sizes: {
    scenes: {
      embedding: 128,
      lstmUnits: [96],
      layers: 2,
      heads: 4,
      headSize: 48,
      feedForward: 384,
      dropout: 0.1,
    },
    tiny: { embedding: 7, lstmUnits: [5], layers: 2, heads: 2, headSize: 3, feedForward: 8 },
  },
  testVariants: {
    'default (residual, tied)': {},
    'residual, not tied': { tiedEmbedding: false, layers: 1 },
    'residual, no feed-forward, two LSTM layers': { feedForward: 0, lstmUnits: [5, 3] },
    'as in the original model (pooled, three LSTM layers)': {
      residual: false,
      tiedEmbedding: false,
      layers: 1,
      pooledSlices: 2,
      lstmUnits: [3, 4, 5],
    },
    'no residual, tied, two blocks': { residual: false, layers: 2 },
  },
};

/**
 * The cross-attention captioner. `width` is 2 * the last of `lstmUnits`.
 *
 *   regions   projected, plus positional embeddings, normalized                  [images, regions, width]
 *   states    bidirectional LSTMs over each prefix of the caption on its own: their two last states, joined
 *                                                                                   [rows, steps, width]
 *   hidden    blocks of pre-norm multi-head attention (queries: states; keys and values: regions) and feed-forward
 *             layers, each added to its input (Vaswani et al. 2017, Xiong et al. 2020)  [rows, steps, width]
 *   logits    softmax layer; tied, after a projection to the size of an embedding   [rows, steps, vocabSize]
 *
 * Without `residual`, attention's output stands beside its query, unnormalized, and the regions are the encoder's own,
 * as in the model that this project started from.
 */
class CrossAttention implements Captioner {
  readonly specs: Record<string, WeightSpec>;
  private readonly blocks: AttentionBlock[];
  /** width of the joined states */
  private readonly width: number;

  constructor(
    private readonly options: CrossAttentionOptions,
    inputs: CaptionerInputs,
  ) {
    const { embedding, lstmUnits, layers, heads, headSize, feedForward } = options;
    const { residual, pooledSlices, tiedEmbedding } = options;
    const width = 2 * lstmUnits[lstmUnits.length - 1];
    const projected = residual && pooledSlices === 0;
    const regionWidth = projected ? width : inputs.channels / Math.max(pooledSlices, 1);
    // Without residual connections each block's output is concatenated to its input.
    const inputWidth = (block: number) => (residual ? width : width * (block + 1));
    this.blocks = Array.from({ length: layers }, (_, i) => {
      const sizes = { width: inputWidth(i), memoryWidth: regionWidth, outputWidth: width };
      return new AttentionBlock(`block${i}`, { ...sizes, heads, headSize, feedForward, residual });
    });
    const outputWidth = inputWidth(layers);
    const { embedding: vectors, ...softmax } = tokenSpecs(
      inputs.vocabSize,
      embedding,
      outputWidth,
      tiedEmbedding,
    );
    this.width = width;
    this.specs = {
      embedding: vectors,
      ...bilstmSpecs(embedding, lstmUnits),
      ...(projected ? regionSpecs(inputs, width) : {}),
      ...Object.fromEntries(this.blocks.flatMap(({ specs }) => Object.entries(specs))),
      ...(residual ? normSpecs('final/', width) : {}),
      ...(tiedEmbedding ? denseSpecs('to-word', outputWidth, embedding) : {}),
      ...softmax,
    };
  }

  forward(weights: Weights, features: tf.Tensor3D, tokens: tf.Tensor2D, dropout?: Dropout): CaptionerOutput {
    const drop = applyDropout(dropout);
    const regions = this.keyValues(weights, drop(this.regions(weights, features)));
    // The embeddings are transposed, not the tokens: TensorFlow warns about integers on some processors.
    const embedded = embedTokens(weights, tokens, this.options.tiedEmbedding); // [rows, steps, embedding]
    const vectors = tf.transpose(embedded as tf.Tensor3D, [1, 0, 2]); // [steps, rows, embedding]
    const states = bilstmOverPrefixes(weights, drop(vectors), this.options.lstmUnits.length);
    const [rows, steps] = tokens.shape;
    // The captions of an image lie side by side, so that its regions are projected once.
    const queries = tf.reshape(tf.transpose(states, [1, 0, 2]), [features.shape[0], -1, this.width]);
    const { hidden, attention } = this.attend(weights, drop(queries), regions, drop);
    return {
      logits: tf.reshape(this.logits(weights, drop(hidden)), [rows, steps, -1]),
      attention: tf.reshape(attention, [rows, steps, -1]),
    };
  }

  initialState(weights: Weights, features: tf.Tensor3D): DecoderState {
    return packKeyValues('regions', this.keyValues(weights, this.regions(weights, features)));
  }

  step(weights: Weights, state: DecoderState, tokens: tf.Tensor2D): DecoderStep {
    const [images, beams] = tokens.shape;
    const { tiedEmbedding, lstmUnits } = this.options;
    const vectors = embedTokens(weights, tf.reshape(tokens, [-1]), tiedEmbedding); // [captions, embedding]
    const past = state['backwardInputs'] ? (state as unknown as BilstmState) : undefined;
    const { output, state: next } = bilstmStep(weights, vectors as tf.Tensor2D, lstmUnits.length, past);
    const queries = tf.reshape(output, [images, beams, this.width]);
    const regions = unpackKeyValues('regions', this.blocks.length, state)!;
    const { hidden, attention } = this.attend(weights, queries, regions, (x) => x);
    return {
      logits: this.logits(weights, hidden),
      attention,
      state: { ...state, ...(next as unknown as DecoderState) },
    };
  }

  reorder(state: DecoderState, parents: tf.Tensor2D): DecoderState {
    const { backwardInputs, hidden, cell, forward } = state;
    const captions = { backwardInputs, hidden, cell, ...(forward ? { forward } : {}) };
    return { ...state, ...gatherCaptions(captions, parents) };
  }

  /** What the blocks attend to: `[images, regions, channels] -> [images, regions or slices, width]`. */
  private regions(weights: Weights, features: tf.Tensor3D): tf.Tensor {
    const { residual, pooledSlices } = this.options;
    if (pooledSlices > 0) {
      const pooled = runLayer('GlobalAveragePooling', 'pool', () => tf.mean(features, 1)); // [images, channels]
      return runLayer('Reshape', 'slices', () => tf.reshape(pooled, [features.shape[0], pooledSlices, -1]));
    }
    return residual ? normalizeRegions(weights, embedRegions(weights, features)) : features;
  }

  private keyValues(weights: Weights, regions: tf.Tensor): KeyValues[] {
    return this.blocks.map((block) => block.keyValues(weights, regions));
  }

  /** The attention blocks: queries [images, length, width] attend to the regions. */
  private attend(
    weights: Weights,
    queries: tf.Tensor,
    regions: KeyValues[],
    drop: ApplyDropout,
  ): { hidden: tf.Tensor; attention: tf.Tensor3D } {
    let x = queries;
    let attentionWeights: tf.Tensor4D | undefined; // [images, heads, length, regions]
    this.blocks.forEach(
      (block, i) => ({ x, attention: attentionWeights } = block.crossAttend(weights, x, regions[i], drop)),
    );
    const hidden = this.options.residual ? layerNormLayer(weights, 'final/', x) : x;
    return { hidden, attention: tf.mean(attentionWeights as tf.Tensor4D, 1) };
  }

  /** `[..., width] -> [..., vocabSize]`. */
  private logits(weights: Weights, x: tf.Tensor): tf.Tensor3D {
    const { tiedEmbedding } = this.options;
    const projected = tiedEmbedding ? denseLayer(weights, 'to-word', x) : x; // [..., embedding] where tied
    return tokenLogits(weights, projected, tiedEmbedding);
  }
}
