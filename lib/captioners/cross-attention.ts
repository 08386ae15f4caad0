import * as tf from '@tensorflow/tfjs-core';
import type { CrossAttentionOptions } from '../config/captioner-options';
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
import { denseLayer, layerNormLayer } from './named-layers';
import { projectRegions, regionSpecs } from './regions';
import { denseSpecs, normSpecs } from './specs';
import { tokenLogits, tokenSpecs, embedTokens } from './tokens';

/**
 * The cross-attention captioner: a bidirectional LSTM reads each prefix of the caption, and its two last
 * states, joined, ask the regions of the picture by multi-head attention (Vaswani et al. 2017).
 *
 * With `residual` each block is pre-norm attention and feed-forward, added to its input (Xiong et al. 2020),
 * and the softmax may share the word vectors (Press & Wolf 2017). Without it the words' state and what was
 * attended to go side by side into the softmax, as in the model this project started from.
 */
export function crossAttention(options: CrossAttentionOptions, inputs: CaptionerInputs): Captioner {
  return new CrossAttention(options, inputs);
}

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
    // Without residual connections each block's answer goes beside what asked.
    const textWidth = (block: number) => (residual ? width : width * (block + 1));
    this.blocks = Array.from({ length: layers }, (_, i) => {
      const sizes = { width: textWidth(i), memoryWidth: regionWidth, outputWidth: width };
      return new AttentionBlock(`block${i}`, { ...sizes, heads, headSize, feedForward, residual });
    });
    const outputWidth = textWidth(layers);
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
      ...(residual ? normSpecs('final/scale', 'final/shift', width) : {}),
      ...(tiedEmbedding ? denseSpecs('to-word', outputWidth, embedding) : {}),
      ...softmax,
    };
  }

  forward(weights: Weights, features: tf.Tensor3D, tokens: tf.Tensor2D, dropout?: Dropout): CaptionerOutput {
    const drop = applyDropout(dropout);
    const regions = this.keyValues(weights, drop(this.regions(weights, features)));
    // Not the words are transposed: TensorFlow complains about that of whole numbers on some processors.
    const embedded = embedTokens(weights, tokens, this.options.tiedEmbedding); // [rows, steps, embedding]
    const vectors = tf.transpose(embedded as tf.Tensor3D, [1, 0, 2]); // [steps, rows, embedding]
    const states = bilstmOverPrefixes(weights, drop(vectors), this.options.lstmUnits.length);
    const [rows, steps] = tokens.shape;
    // The captions of an image lie side by side, so that its regions are projected once.
    const text = tf.reshape(tf.transpose(states, [1, 0, 2]), [features.shape[0], -1, this.width]);
    const { hidden, attention } = this.attend(weights, drop(text), regions, drop);
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
    const text = tf.reshape(output, [images, beams, this.width]);
    const regions = unpackKeyValues('regions', this.blocks.length, state)!;
    const { hidden, attention } = this.attend(weights, text, regions, (x) => x);
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

  /** Regions as the blocks see them: `[batch, regions, channels] -> [batch, regions, width]`. */
  private regions(weights: Weights, features: tf.Tensor3D): tf.Tensor {
    const { residual, pooledSlices } = this.options;
    if (pooledSlices > 0) {
      const pooled = runLayer('GlobalAveragePooling', 'pool', () => tf.mean(features, 1)); // [batch, channels]
      return runLayer('Reshape', 'slices', () => tf.reshape(pooled, [features.shape[0], pooledSlices, -1]));
    }
    return residual ? projectRegions(weights, features) : features;
  }

  private keyValues(weights: Weights, regions: tf.Tensor): KeyValues[] {
    return this.blocks.map((block) => block.keyValues(weights, regions));
  }

  /** The attention blocks: text [batch, length, width] looks at the regions. */
  private attend(
    weights: Weights,
    text: tf.Tensor,
    regions: KeyValues[],
    drop: ApplyDropout,
  ): { hidden: tf.Tensor; attention: tf.Tensor3D } {
    let x = text;
    let attentionWeights: tf.Tensor4D | undefined; // [batch, heads, length, regions]
    this.blocks.forEach(
      (block, i) => ({ x, attention: attentionWeights } = block.crossAttend(weights, x, regions[i], drop)),
    );
    const hidden = this.options.residual ? layerNormLayer(weights, 'final/', x) : x;
    return { hidden, attention: tf.mean(attentionWeights as tf.Tensor4D, 1) };
  }

  /** `[..., size] -> [..., words]`. */
  private logits(weights: Weights, x: tf.Tensor): tf.Tensor3D {
    const { tiedEmbedding } = this.options;
    const projected = tiedEmbedding ? denseLayer(weights, 'to-word', x) : x; // [..., embedding] where tied
    return tokenLogits(weights, projected, tiedEmbedding) as tf.Tensor3D;
  }
}
