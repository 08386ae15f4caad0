import * as tf from '@tensorflow/tfjs-core';
import type { TransformerOptions } from '../config/captioner-options';
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
import { layerNormLayer } from './named-layers';
import { causalMask, sinusoids } from './positions';
import { normalizeRegions, embedRegions, regionSpecs } from './regions';
import { normSpecs } from './specs';
import { tokenLogits, tokenSpecs, embedTokens } from './tokens';

/**
 * The Transformer captioner (Vaswani et al. 2017; pre-norm as Xiong et al. 2020): blocks of self-attention over the
 * regions, then blocks in which the words so far look at each other and at the regions.
 *
 * Decoding keeps the keys and values of the words so far, so that each step computes those of one word alone; those
 * of the regions belong to the image, whatever its captions are.
 */
export function transformer(options: TransformerOptions, inputs: CaptionerInputs): Captioner {
  return new Transformer(options, inputs);
}

class Transformer implements Captioner {
  readonly specs: Record<string, WeightSpec>;
  private readonly encoder: AttentionBlock[];
  private readonly decoder: { words: AttentionBlock; regions: AttentionBlock }[];
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
      words: block(`decoder${i}/words`, 0),
      regions: block(`decoder${i}/regions`, feedForward), // the feed-forward part follows both
    }));
    const blocks = [...this.encoder, ...this.decoder.flatMap(({ words, regions }) => [words, regions])];
    this.specs = {
      ...tokenSpecs(inputs.vocabSize, embedding, embedding, tiedEmbedding),
      ...regionSpecs(inputs, embedding),
      ...Object.fromEntries(blocks.flatMap(({ specs }) => Object.entries(specs))),
      ...normSpecs('final/scale', 'final/shift', embedding),
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
    const past = unpackKeyValues('words', this.decoder.length, state);
    const regions = unpackKeyValues('regions', this.decoder.length, state)!;
    const position = past ? past[0].keys.shape[2] : 0;
    const text = this.embedTokens(weights, tf.reshape(tokens, [-1, 1]), position); // [captions, 1, width]
    const { logits, attention, own: keyValues } = this.decode(weights, text, regions, (x) => x, past);
    return {
      logits: tf.reshape(logits, [images, beams, -1]),
      attention: tf.reshape(attention, [images, beams, -1]),
      state: { ...state, ...packKeyValues('words', keyValues) },
    };
  }

  reorder(state: DecoderState, parents: tf.Tensor2D): DecoderState {
    const words = unpackKeyValues('words', this.decoder.length, state);
    return words ? { ...state, ...gatherCaptions(packKeyValues('words', words), parents) } : state;
  }

  /** The regions' keys and values for each decoder block: [images, heads, regions, size]. */
  private encodeRegions(weights: Weights, features: tf.Tensor3D, drop: ApplyDropout): KeyValues[] {
    let regions: tf.Tensor = drop(embedRegions(weights, features)); // [images, regions, width]
    for (const block of this.encoder) regions = block.selfAttend(weights, regions, drop).x;
    regions = normalizeRegions(weights, regions);
    return this.decoder.map((block) => block.regions.keyValues(weights, regions));
  }

  /** Word vectors that know their places: int32 [rows, steps] -> [rows, steps, width]. */
  private embedTokens(weights: Weights, tokens: tf.Tensor, position: number): tf.Tensor {
    const vectors = embedTokens(weights, tokens, this.options.tiedEmbedding);
    return runLayer('PositionalEncoding', 'positions', () =>
      tf.add(vectors, sinusoids(position, tokens.shape[1] as number, this.width)),
    );
  }

  /**
   * The decoder blocks and the softmax.
   * @param text whole captions, or one word of each whose earlier ones are in `before` [rows, steps, width]
   * @returns besides logits and attention the words' own keys and values in each block, those of `before` included
   */
  private decode(
    weights: Weights,
    text: tf.Tensor,
    regions: KeyValues[],
    drop: ApplyDropout,
    past?: KeyValues[],
  ): { logits: tf.Tensor3D; attention: tf.Tensor3D; own: KeyValues[] } {
    const [rows, steps] = text.shape as [number, number];
    const images = regions[0].keys.shape[0];
    const mask = steps > 1 ? causalMask(steps) : undefined;
    const keyValues: KeyValues[] = [];
    let x = text;
    let attentionWeights: tf.Tensor4D | undefined; // [images, heads, captions * steps, regions]
    this.decoder.forEach((block, i) => {
      const tokens = block.words.selfAttend(weights, x, drop, { mask, before: past?.[i] });
      keyValues.push(tokens.own);
      // The captions of an image lie side by side: together they look at its regions.
      const queries = tf.reshape(tokens.x, [images, -1, this.width]);
      const attended = block.regions.crossAttend(weights, queries, regions[i], drop);
      attentionWeights = attended.attention;
      x = tf.reshape(attended.x, [rows, steps, this.width]);
    });
    const hidden = drop(layerNormLayer(weights, 'final/', x));
    return {
      logits: tokenLogits(weights, hidden, this.options.tiedEmbedding) as tf.Tensor3D,
      attention: tf.reshape(tf.mean(attentionWeights as tf.Tensor4D, 1), [rows, steps, -1]),
      own: keyValues,
    };
  }
}
