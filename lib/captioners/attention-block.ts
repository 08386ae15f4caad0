import * as tf from '@tensorflow/tfjs-core';
import { attention, joinHeads, relu, splitHeads, type Drop } from '../ops/layers';
import type { DecoderState, Weights, WeightSpec } from './captioner';
import { namedDense, namedNorm } from './named-layers';
import { denseSpecs, normSpecs } from './specs';

/** What attention looks at. */
export interface KeysAndValues {
  keys: tf.Tensor4D; // [batch, heads, places, size]
  values: tf.Tensor4D; // [batch, heads, places, size]
}

export interface BlockSizes {
  /** width of what looks */
  width: number;
  /** width of what it looks at */
  others: number;
  /** width of what attention answers; that of what looks where the two are added */
  answer: number;
  heads: number;
  headSize: number;
  /** hidden units of the feed-forward part; 0: none */
  feedForward: number;
  /** pre-norm and added to its input; otherwise the answer goes beside the input, unnormalised */
  residual: boolean;
}

/**
 * Multi-head attention and feed-forward (Vaswani et al. 2017), each pre-norm and added to its input
 * (Xiong et al. 2020).
 */
export class AttentionBlock {
  readonly specs: Record<string, WeightSpec>;

  /** @param name what the names of the weights start with */
  constructor(
    private readonly name: string,
    private readonly sizes: BlockSizes,
  ) {
    const { width, others, answer, heads, headSize, feedForward, residual } = sizes;
    this.specs = {
      ...denseSpecs(`${name}/query`, width, heads * headSize),
      ...denseSpecs(`${name}/key`, others, heads * headSize),
      ...denseSpecs(`${name}/value`, others, heads * headSize),
      ...denseSpecs(`${name}/output`, heads * headSize, answer),
    };
    if (residual) Object.assign(this.specs, normSpecs(`${name}/scale`, `${name}/shift`, width));
    if (residual && feedForward > 0) {
      Object.assign(
        this.specs,
        normSpecs(`${name}/ff-scale`, `${name}/ff-shift`, width),
        denseSpecs(`${name}/ff-in`, width, feedForward),
        denseSpecs(`${name}/ff-out`, feedForward, width),
      );
    }
  }

  /** Keys and values of what is looked at: [batch, places, others]. */
  keysAndValues(weights: Weights, others: tf.Tensor): KeysAndValues {
    const { heads } = this.sizes;
    return {
      keys: splitHeads(namedDense(weights, `${this.name}/key`, others), heads),
      values: splitHeads(namedDense(weights, `${this.name}/value`, others), heads),
    };
  }

  /**
   * `x` looks at others.
   * @param x [batch, length, width]
   * @returns x after the block, and where each head looked [batch, heads, length, places]
   */
  look(
    weights: Weights,
    x: tf.Tensor,
    others: KeysAndValues,
    drop: Drop,
  ): { x: tf.Tensor; attention: tf.Tensor4D } {
    return this.answer(weights, x, this.normal(weights, x), others, drop);
  }

  /**
   * `x` looks at itself.
   * @param x [batch, length, width]
   * @param mask added to the scores [length, places]: -1e9 where nothing may be seen
   * @param before keys and values of earlier places, which x sees too
   * @returns x after the block, and the keys and values of all places so far
   */
  lookAtItself(
    weights: Weights,
    x: tf.Tensor,
    drop: Drop,
    { mask, before }: { mask?: tf.Tensor2D; before?: KeysAndValues } = {},
  ): { x: tf.Tensor; own: KeysAndValues } {
    const normal = this.normal(weights, x);
    let own = this.keysAndValues(weights, normal);
    if (before) {
      own = {
        keys: tf.concat([before.keys, own.keys], 2),
        values: tf.concat([before.values, own.values], 2),
      };
    }
    return { x: this.answer(weights, x, normal, own, drop, mask).x, own };
  }

  private normal(weights: Weights, x: tf.Tensor): tf.Tensor {
    return this.sizes.residual ? namedNorm(weights, `${this.name}/`, x) : x;
  }

  private answer(
    weights: Weights,
    x: tf.Tensor,
    normal: tf.Tensor,
    { keys, values }: KeysAndValues,
    drop: Drop,
    mask?: tf.Tensor2D,
  ): { x: tf.Tensor; attention: tf.Tensor4D } {
    const { heads, residual, feedForward } = this.sizes;
    const query = splitHeads(namedDense(weights, `${this.name}/query`, normal), heads);
    const { attended, weights: looked } = attention(query, keys, values, mask);
    const answer = namedDense(weights, `${this.name}/output`, joinHeads(attended));
    if (!residual) return { x: tf.concat([x, answer], -1), attention: looked };
    let sum = tf.add(x, drop(answer));
    if (feedForward > 0) sum = tf.add(sum, drop(this.feedForward(weights, sum)));
    return { x: sum, attention: looked };
  }

  private feedForward(weights: Weights, x: tf.Tensor): tf.Tensor {
    const normal = namedNorm(weights, `${this.name}/ff-`, x);
    const inner = relu(namedDense(weights, `${this.name}/ff-in`, normal));
    return namedDense(weights, `${this.name}/ff-out`, inner);
  }
}

/** The keys and values of several blocks as tensors of a decoder's state, under names that start with `of`. */
export function packKeys(of: string, blocks: KeysAndValues[]): DecoderState {
  const entries = blocks.flatMap(({ keys, values }, i) => [
    [`${of}${i}/keys`, keys],
    [`${of}${i}/values`, values],
  ]);
  return Object.fromEntries(entries) as DecoderState;
}

/** The inverse of `packKeys`; undefined where the state has none. */
export function unpackKeys(of: string, blocks: number, state: DecoderState): KeysAndValues[] | undefined {
  if (!state[`${of}0/keys`]) return undefined;
  return Array.from({ length: blocks }, (_, i) => ({
    keys: state[`${of}${i}/keys`] as tf.Tensor4D,
    values: state[`${of}${i}/values`] as tf.Tensor4D,
  }));
}
