import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { applyDropout, type ApplyDropout, type Dropout } from '../ops/layers';
import { runLayer } from '../ops/record-layers';
import { AttentionBlock, packKeyValues, unpackKeyValues, type KeyValues } from './attention-block';
import { gatherCaptions } from './beams';
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
  causalMask,
  embedRegions,
  embedTokens,
  layerNormLayer,
  normalizeRegions,
  normSpecs,
  regionSpecs,
  sinusoids,
  tokenLogits,
  tokenSpecs,
} from './layers';
import { sharedOptions } from './shared-options';

const transformerOptions = z.strictObject({
  name: z.literal('transformer').describe('kind of captioner'),
  embedding: sharedOptions.embedding,
  encoderLayers: z.int().min(0).max(100).default(1).describe('self-attention blocks over the regions'),
  layers: z.int().min(1).max(100).default(2).describe('decoder blocks'),
  heads: sharedOptions.heads,
  headSize: sharedOptions.headSize,
  feedForward: sharedOptions.feedForward,
  tiedEmbedding: sharedOptions.tiedEmbedding,
  dropout: sharedOptions.dropout,
});

export type TransformerOptions = z.infer<typeof transformerOptions>;

export const transformer: CaptionerDefinition<TransformerOptions> = {
  name: 'transformer',
  title: 'Transformer (Vaswani et al. 2017)',
  description: 'Self-attention over the regions and over the tokens, cross-attention from tokens to regions.',
  options: transformerOptions,
  create: (options, inputs) => new Transformer(options, inputs),
  sizes: {
    scenes: {
      embedding: 128,
      encoderLayers: 1,
      layers: 2,
      heads: 4,
      headSize: 32,
      feedForward: 384,
      dropout: 0.1,
    },
    // An odd width: the last sinusoid has no cosine beside it.
    tiny: { embedding: 7, layers: 2, heads: 2, headSize: 3, feedForward: 8 },
  },
  testVariants: {
    'tied, one block over the regions': {},
    'not tied, no block over the regions': { tiedEmbedding: false, encoderLayers: 0, layers: 1 },
    'no feed-forward, two blocks over the regions': { encoderLayers: 2, feedForward: 0 },
  },
};

/**
 * The Transformer captioner (Vaswani et al. 2017; pre-norm as Xiong et al. 2020). `width` is the size of an embedding.
 *
 *   regions   projected, plus positional embeddings; encoder blocks of self-attention and feed-forward layers;
 *             normalized                                                         [images, regions, width]
 *   x         token embeddings plus sinusoidal positional encoding                  [rows, steps, width]
 *   x         decoder blocks: causal self-attention, cross-attention to the regions, feed-forward layers
 *                                                                                   [rows, steps, width]
 *   logits    layer normalization, softmax layer                                [rows, steps, vocabSize]
 *
 * While decoding, keys and values of earlier tokens are cached, so that each step computes those of one token; those of
 * the regions are computed once for all captions of an image.
 */
class Transformer implements Captioner {
  readonly specs: Record<string, WeightSpec>;
  private readonly encoder: AttentionBlock[];
  private readonly decoder: { selfAttention: AttentionBlock; crossAttention: AttentionBlock }[];
  private readonly width: number;

  constructor(
    private readonly options: TransformerOptions,
    inputs: CaptionerInputs,
  ) {
    const { embedding, encoderLayers, layers, heads, headSize, feedForward, tiedEmbedding } = options;
    this.width = embedding;
    const sizes = {
      width: embedding,
      memoryWidth: embedding,
      outputWidth: embedding,
      heads,
      headSize,
      residual: true,
    };
    const block = (name: string, hidden: number) =>
      new AttentionBlock(name, { ...sizes, feedForward: hidden });
    this.encoder = Array.from({ length: encoderLayers }, (_, i) => block(`encoder${i}`, feedForward));
    this.decoder = Array.from({ length: layers }, (_, i) => ({
      selfAttention: block(`decoder${i}/words`, 0),
      crossAttention: block(`decoder${i}/regions`, feedForward), // the feed-forward layers follow both
    }));
    const blocks = [
      ...this.encoder,
      ...this.decoder.flatMap((one) => [one.selfAttention, one.crossAttention]),
    ];
    this.specs = {
      ...tokenSpecs(inputs.vocabSize, embedding, embedding, tiedEmbedding),
      ...regionSpecs(inputs, embedding),
      ...Object.fromEntries(blocks.flatMap(({ specs }) => Object.entries(specs))),
      ...normSpecs('final/', embedding),
    };
  }

  forward(weights: Weights, features: tf.Tensor3D, tokens: tf.Tensor2D, dropout?: Dropout): CaptionerOutput {
    const drop = applyDropout(dropout);
    const regions = this.encodeRegions(weights, features, drop);
    const text = drop(this.embedTokens(weights, tokens, 0));
    const { logits, attention } = this.decode(weights, text, regions, drop);
    return { logits, attention };
  }

  initialState(weights: Weights, features: tf.Tensor3D): DecoderState {
    return packKeyValues(
      'regions',
      this.encodeRegions(weights, features, (x) => x),
    );
  }

  step(weights: Weights, state: DecoderState, tokens: tf.Tensor2D): DecoderStep {
    const [images, beams] = tokens.shape;
    const past = unpackKeyValues('tokens', this.decoder.length, state);
    const regions = unpackKeyValues('regions', this.decoder.length, state)!;
    const position = past ? past[0].keys.shape[2] : 0;
    const text = this.embedTokens(weights, tf.reshape(tokens, [-1, 1]), position); // [captions, 1, width]
    const { logits, attention, keyValues } = this.decode(weights, text, regions, (x) => x, past);
    return {
      logits: tf.reshape(logits, [images, beams, -1]),
      attention: tf.reshape(attention, [images, beams, -1]),
      state: { ...state, ...packKeyValues('tokens', keyValues) },
    };
  }

  reorder(state: DecoderState, parents: tf.Tensor2D): DecoderState {
    const past = unpackKeyValues('tokens', this.decoder.length, state);
    return past ? { ...state, ...gatherCaptions(packKeyValues('tokens', past), parents) } : state;
  }

  /** The regions' keys and values for each decoder block: [images, heads, regions, size]. */
  private encodeRegions(weights: Weights, features: tf.Tensor3D, drop: ApplyDropout): KeyValues[] {
    let regions: tf.Tensor = drop(embedRegions(weights, features)); // [images, regions, width]
    for (const block of this.encoder) regions = block.selfAttend(weights, regions, drop).x;
    regions = normalizeRegions(weights, regions);
    return this.decoder.map((block) => block.crossAttention.keyValues(weights, regions));
  }

  /** Token embeddings plus positional encoding: int32 [rows, steps] -> [rows, steps, width]. */
  private embedTokens(weights: Weights, tokens: tf.Tensor, position: number): tf.Tensor {
    const vectors = embedTokens(weights, tokens, this.options.tiedEmbedding);
    return runLayer('PositionalEncoding', 'positions', () =>
      tf.add(vectors, sinusoids(position, tokens.shape[1] as number, this.width)),
    );
  }

  /**
   * The decoder blocks and the softmax layer.
   * @param text whole captions, or one token of each whose earlier ones are in `past` [rows, steps, width]
   * @param past keys and values of earlier tokens in each block
   * @returns logits [rows, steps, vocabSize], attention weights of the last block, the mean of its heads
   *   [rows, steps, regions], and the tokens' keys and values in each block, `past` included
   */
  private decode(
    weights: Weights,
    text: tf.Tensor,
    regions: KeyValues[],
    drop: ApplyDropout,
    past?: KeyValues[],
  ): { logits: tf.Tensor3D; attention: tf.Tensor3D; keyValues: KeyValues[] } {
    const [rows, steps] = text.shape as [number, number];
    const images = regions[0].keys.shape[0];
    const mask = steps > 1 ? causalMask(steps) : undefined;
    const keyValues: KeyValues[] = [];
    let x = text;
    let attentionWeights: tf.Tensor4D | undefined; // [images, heads, captions * steps, regions]
    this.decoder.forEach((block, i) => {
      const self = block.selfAttention.selfAttend(weights, x, drop, { mask, past: past?.[i] });
      keyValues.push(self.keyValues);
      // The captions of an image lie side by side: their queries are one sequence for its keys and values.
      const queries = tf.reshape(self.x, [images, -1, this.width]);
      const attended = block.crossAttention.crossAttend(weights, queries, regions[i], drop);
      attentionWeights = attended.attention;
      x = tf.reshape(attended.x, [rows, steps, this.width]);
    });
    const hidden = drop(layerNormLayer(weights, 'final/', x));
    return {
      logits: tokenLogits(weights, hidden, this.options.tiedEmbedding),
      attention: tf.reshape(tf.mean(attentionWeights as tf.Tensor4D, 1), [rows, steps, -1]),
      keyValues,
    };
  }
}
