import * as tf from '@tensorflow/tfjs-core';
import { attention, joinHeads, relu, splitHeads, type ApplyDropout } from '../ops/layers';
import { runLayer } from '../ops/record-layers';
import type { DecoderState, Weights, WeightSpec } from './captioner';
import { denseLayer, denseSpecs, layerNormLayer, normSpecs } from './layers';

/** The memory that attention reads, projected for each head. */
export interface KeyValues {
  keys: tf.Tensor4D; // [batch, heads, positions, headSize]
  values: tf.Tensor4D; // [batch, heads, positions, headSize]
}

export interface BlockSizes {
  /** width of the queries */
  width: number;
  /** width of the memory */
  memoryWidth: number;
  /** width of the output; with `residual` that of the queries */
  outputWidth: number;
  heads: number;
  headSize: number;
  /** hidden units of the feed-forward layers; 0: none */
  feedForward: number;
  /** pre-norm, and added to the input; otherwise concatenated to the input, unnormalized */
  residual: boolean;
}

/**
 * Multi-head attention and feed-forward layers (Vaswani et al. 2017), each pre-norm and added to its input
 * (Xiong et al. 2020):
 *
 *   x = x + dropout(attention(norm(x), memory))
 *   x = x + dropout(feedForward(norm(x)))
 */
export class AttentionBlock {
  readonly specs: Record<string, WeightSpec>;

  /** @param name prefix of the weights' names */
  constructor(
    private readonly name: string,
    private readonly sizes: BlockSizes,
  ) {
    const { width, memoryWidth: memory, outputWidth: output, heads, headSize, feedForward, residual } = sizes;
    this.specs = {
      ...denseSpecs(`${name}/query`, width, heads * headSize),
      ...denseSpecs(`${name}/key`, memory, heads * headSize),
      ...denseSpecs(`${name}/value`, memory, heads * headSize),
      ...denseSpecs(`${name}/output`, heads * headSize, output),
    };
    if (residual) Object.assign(this.specs, normSpecs(`${name}/`, width));
    if (residual && feedForward > 0) {
      Object.assign(
        this.specs,
        normSpecs(`${name}/ff-`, width),
        denseSpecs(`${name}/ff-in`, width, feedForward),
        denseSpecs(`${name}/ff-out`, feedForward, width),
      );
    }
  }

  /** Keys and values of a memory [batch, positions, memoryWidth]. */
  keyValues(weights: Weights, memory: tf.Tensor): KeyValues {
    const { heads } = this.sizes;
    return this.attentionLayer(() => ({
      keys: splitHeads(denseLayer(weights, `${this.name}/key`, memory), heads),
      values: splitHeads(denseLayer(weights, `${this.name}/value`, memory), heads),
    }));
  }

  /**
   * `x` attends to a memory.
   * @param x [batch, length, width]
   * @returns x after the block, and the attention weights of each head [batch, heads, length, positions]
   */
  crossAttend(
    weights: Weights,
    x: tf.Tensor,
    memory: KeyValues,
    dropout: ApplyDropout,
  ): { x: tf.Tensor; attention: tf.Tensor4D } {
    return this.attend(weights, x, this.normalize(weights, x), memory, dropout);
  }

  /**
   * `x` attends to itself.
   * @param x [batch, length, width]
   * @param mask added to the attention scores [length, positions]: -1e9 where attention is not allowed
   * @param past keys and values of earlier positions, to which x attends too
   * @returns x after the block, and the keys and values of all positions so far
   */
  selfAttend(
    weights: Weights,
    x: tf.Tensor,
    dropout: ApplyDropout,
    { mask, past }: { mask?: tf.Tensor2D; past?: KeyValues } = {},
  ): { x: tf.Tensor; keyValues: KeyValues } {
    const normalized = this.normalize(weights, x);
    let keyValues = this.keyValues(weights, normalized);
    if (past) {
      keyValues = {
        keys: tf.concat([past.keys, keyValues.keys], 2),
        values: tf.concat([past.values, keyValues.values], 2),
      };
    }
    return { x: this.attend(weights, x, normalized, keyValues, dropout, mask).x, keyValues };
  }

  private normalize(weights: Weights, x: tf.Tensor): tf.Tensor {
    return this.sizes.residual ? layerNormLayer(weights, `${this.name}/`, x) : x;
  }

  private attend(
    weights: Weights,
    x: tf.Tensor,
    normalized: tf.Tensor,
    { keys, values }: KeyValues,
    dropout: ApplyDropout,
    mask?: tf.Tensor2D,
  ): { x: tf.Tensor; attention: tf.Tensor4D } {
    const { heads, residual, feedForward } = this.sizes;
    const { output, attentionWeights } = this.attentionLayer(() => {
      const query = splitHeads(denseLayer(weights, `${this.name}/query`, normalized), heads);
      const { attended, weights: attentionWeights } = attention(query, keys, values, mask);
      return { output: denseLayer(weights, `${this.name}/output`, joinHeads(attended)), attentionWeights };
    });
    if (!residual) {
      const joined = runLayer('Concatenate', `${this.name}/concat`, () => tf.concat([x, output], -1));
      return { x: joined, attention: attentionWeights };
    }
    let residualSum = runLayer('Add', `${this.name}/add`, () => tf.add(x, dropout(output)));
    if (feedForward > 0) {
      const normalizedSum = layerNormLayer(weights, `${this.name}/ff-`, residualSum);
      const change = dropout(this.feedForward(weights, normalizedSum));
      residualSum = runLayer('Add', `${this.name}/ff-add`, () => tf.add(residualSum, change));
    }
    return { x: residualSum, attention: attentionWeights };
  }

  /** Projections of queries, keys and values, attention and output are one layer. */
  private attentionLayer<T extends object>(run: () => T): T {
    const { heads, headSize } = this.sizes;
    const detail = `${heads} heads of ${headSize}`;
    return runLayer('MultiHeadAttention', `${this.name}/attention`, run, detail);
  }

  private feedForward(weights: Weights, x: tf.Tensor): tf.Tensor {
    const run = () =>
      denseLayer(weights, `${this.name}/ff-out`, relu(denseLayer(weights, `${this.name}/ff-in`, x)));
    return runLayer('FeedForward', `${this.name}/feed-forward`, run, `${this.sizes.feedForward} units, ReLU`);
  }
}

/** Keys and values of several blocks as tensors of a decoder's state, under names that start with `prefix`. */
export function packKeyValues(prefix: string, blocks: KeyValues[]): DecoderState {
  const entries = blocks.flatMap(({ keys, values }, i) => [
    [`${prefix}${i}/keys`, keys],
    [`${prefix}${i}/values`, values],
  ]);
  return Object.fromEntries(entries) as DecoderState;
}

/** The inverse of `packKeyValues`; undefined where the state has none. */
export function unpackKeyValues(
  prefix: string,
  blocks: number,
  state: DecoderState,
): KeyValues[] | undefined {
  if (!state[`${prefix}0/keys`]) return undefined;
  return Array.from({ length: blocks }, (_, i) => ({
    keys: state[`${prefix}${i}/keys`] as tf.Tensor4D,
    values: state[`${prefix}${i}/values`] as tf.Tensor4D,
  }));
}
