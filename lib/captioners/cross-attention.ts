import * as tf from '@tensorflow/tfjs-core';
import type { CrossAttentionOptions } from '../config/captioner-options';
import { dropWith, type Drop, type Dropout } from '../ops/layers';
import { AttentionBlock, packKeys, unpackKeys, type KeysAndValues } from './attention-block';
import { takeCaptions } from './beams';
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
import { namedDense, namedNorm } from './named-layers';
import { projectRegions, regionSpecs } from './regions';
import { denseSpecs, normSpecs } from './specs';
import { wordLogits, wordSpecs, wordVectors } from './words';

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
    const { residual, splitPooled, tiedEmbedding } = options;
    const width = 2 * lstmUnits[lstmUnits.length - 1];
    const projected = residual && splitPooled === 0;
    const regionWidth = projected ? width : inputs.channels / Math.max(splitPooled, 1);
    // Without residual connections each block's answer goes beside what asked.
    const textWidth = (block: number) => (residual ? width : width * (block + 1));
    this.blocks = Array.from({ length: layers }, (_, i) => {
      const sizes = { width: textWidth(i), others: regionWidth, answer: width };
      return new AttentionBlock(`block${i}`, { ...sizes, heads, headSize, feedForward, residual });
    });
    const said = textWidth(layers);
    const { embedding: vectors, ...softmax } = wordSpecs(inputs.words, embedding, said, tiedEmbedding);
    this.width = width;
    this.specs = {
      embedding: vectors,
      ...bilstmSpecs(embedding, lstmUnits),
      ...(projected ? regionSpecs(inputs, width) : {}),
      ...Object.fromEntries(this.blocks.flatMap(({ specs }) => Object.entries(specs))),
      ...(residual ? normSpecs('final/scale', 'final/shift', width) : {}),
      ...(tiedEmbedding ? denseSpecs('to-word', said, embedding) : {}),
      ...softmax,
    };
  }

  forward(weights: Weights, features: tf.Tensor3D, words: tf.Tensor2D, dropout?: Dropout): CaptionerOutput {
    const drop = dropWith(dropout);
    const regions = this.keysAndValues(weights, drop(this.regions(weights, features)));
    // Not the words are transposed: TensorFlow complains about that of whole numbers on some processors.
    const given = wordVectors(weights, words, this.options.tiedEmbedding); // [rows, steps, embedding]
    const vectors = tf.transpose(given as tf.Tensor3D, [1, 0, 2]); // [steps, rows, embedding]
    const states = bilstmOverPrefixes(weights, drop(vectors), this.options.lstmUnits.length);
    const [rows, steps] = words.shape;
    // The captions of an image lie side by side, so that its regions are projected once.
    const text = tf.reshape(tf.transpose(states, [1, 0, 2]), [features.shape[0], -1, this.width]);
    const { hidden, attention } = this.attend(weights, drop(text), regions, drop);
    return {
      logits: tf.reshape(this.logits(weights, drop(hidden)), [rows, steps, -1]),
      attention: tf.reshape(attention, [rows, steps, -1]),
    };
  }

  start(weights: Weights, features: tf.Tensor3D): DecoderState {
    return packKeys('regions', this.keysAndValues(weights, this.regions(weights, features)));
  }

  step(weights: Weights, state: DecoderState, words: tf.Tensor2D): DecoderStep {
    const [images, beams] = words.shape;
    const { tiedEmbedding, lstmUnits } = this.options;
    const vectors = wordVectors(weights, tf.reshape(words, [-1]), tiedEmbedding); // [captions, embedding]
    const before = state['read'] ? (state as unknown as BilstmState) : undefined;
    const { output, state: read } = bilstmStep(weights, vectors as tf.Tensor2D, lstmUnits.length, before);
    const text = tf.reshape(output, [images, beams, this.width]);
    const regions = unpackKeys('regions', this.blocks.length, state)!;
    const { hidden, attention } = this.attend(weights, text, regions, (x) => x);
    return {
      logits: this.logits(weights, hidden),
      attention,
      state: { ...state, ...(read as unknown as DecoderState) },
    };
  }

  reorder(state: DecoderState, parents: tf.Tensor2D): DecoderState {
    const { read, hidden, cell, forward } = state;
    const captions = { read, hidden, cell, ...(forward ? { forward } : {}) };
    return { ...state, ...takeCaptions(captions, parents) };
  }

  /** Regions as the blocks see them: `[batch, regions, channels] -> [batch, regions, width]`. */
  private regions(weights: Weights, features: tf.Tensor3D): tf.Tensor {
    const { residual, splitPooled } = this.options;
    if (splitPooled > 0) {
      const pooled = tf.mean(features, 1); // [batch, channels]
      return tf.reshape(pooled, [features.shape[0], splitPooled, -1]);
    }
    return residual ? projectRegions(weights, features) : features;
  }

  private keysAndValues(weights: Weights, regions: tf.Tensor): KeysAndValues[] {
    return this.blocks.map((block) => block.keysAndValues(weights, regions));
  }

  /** The attention blocks: text [batch, length, width] looks at the regions. */
  private attend(
    weights: Weights,
    text: tf.Tensor,
    regions: KeysAndValues[],
    drop: Drop,
  ): { hidden: tf.Tensor; attention: tf.Tensor3D } {
    let x = text;
    let looked: tf.Tensor4D | undefined; // [batch, heads, length, regions]
    this.blocks.forEach((block, i) => ({ x, attention: looked } = block.look(weights, x, regions[i], drop)));
    const hidden = this.options.residual ? namedNorm(weights, 'final/', x) : x;
    return { hidden, attention: tf.mean(looked as tf.Tensor4D, 1) };
  }

  /** `[..., size] -> [..., words]`. */
  private logits(weights: Weights, x: tf.Tensor): tf.Tensor3D {
    const { tiedEmbedding } = this.options;
    const spoken = tiedEmbedding ? namedDense(weights, 'to-word', x) : x; // [..., embedding] where tied
    return wordLogits(weights, spoken, tiedEmbedding) as tf.Tensor3D;
  }
}
