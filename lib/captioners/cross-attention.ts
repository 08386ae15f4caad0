import * as tf from '@tensorflow/tfjs-core';
import type { CrossAttentionOptions } from '../config/captioner-options';
import { kernels } from '../ops/kernels';
import { attention, dense, joinHeads, layerNorm, splitHeads, type Dropout } from '../ops/layers';
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
  /** width of the joined states */
  private readonly width: number;

  constructor(
    private readonly options: CrossAttentionOptions,
    private readonly inputs: CaptionerInputs,
  ) {
    this.width = 2 * options.lstmUnits[options.lstmUnits.length - 1];
    this.specs = this.makeSpecs();
  }

  forward(weights: Weights, features: tf.Tensor3D, words: tf.Tensor2D, dropout?: Dropout): CaptionerOutput {
    const drop = <T extends tf.Tensor>(x: T): T => (dropout ? (dropout.apply(x) as T) : x);
    const keysAndValues = this.keysAndValues(weights, drop(this.regions(weights, features)));
    // Not the words are transposed: TensorFlow complains about that of whole numbers on some processors.
    const vectors = tf.transpose(this.vectors(weights, words) as tf.Tensor3D, [1, 0, 2]); // [steps, batch, embedding]
    const states = bilstmOverPrefixes(weights, drop(vectors), this.options.lstmUnits.length);
    const [rows, steps] = words.shape;
    // The captions of an image lie side by side, so that its regions are projected once.
    const text = tf.reshape(tf.transpose(states, [1, 0, 2]), [features.shape[0], -1, this.width]);
    const { hidden, attention: where } = this.attend(weights, drop(text), keysAndValues, drop);
    return {
      logits: tf.reshape(this.logits(weights, drop(hidden)), [rows, steps, this.inputs.words]),
      attention: tf.reshape(where, [rows, steps, -1]),
    };
  }

  start(weights: Weights, features: tf.Tensor3D): DecoderState {
    const state: DecoderState = {};
    this.keysAndValues(weights, this.regions(weights, features)).forEach(({ keys, values }, block) => {
      state[`keys${block}`] = keys;
      state[`values${block}`] = values;
    });
    return state;
  }

  step(weights: Weights, state: DecoderState, words: tf.Tensor2D): DecoderStep {
    const [images, beams] = words.shape;
    const vectors = this.vectors(weights, tf.reshape(words, [-1])) as tf.Tensor2D; // [captions, embedding]
    const before = state['read'] ? (state as unknown as BilstmState) : undefined;
    const { output, state: read } = bilstmStep(weights, vectors, this.options.lstmUnits.length, before);
    const text = tf.reshape(output, [images, beams, this.width]);
    const { hidden, attention } = this.attend(weights, text, this.stored(state), (x) => x);
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
    if (!residual) return features;
    const projected = dense(features, weights['regions/kernel'], weights['regions/bias']);
    const placed = tf.add(projected, weights['regions/place']);
    return layerNorm(placed, weights['regions/scale'], weights['regions/shift']);
  }

  private keysAndValues(weights: Weights, regions: tf.Tensor): { keys: tf.Tensor4D; values: tf.Tensor4D }[] {
    const { layers, heads } = this.options;
    return Array.from({ length: layers }, (_, block) => ({
      keys: splitHeads(
        dense(regions, weights[`block${block}/key/kernel`], weights[`block${block}/key/bias`]),
        heads,
      ),
      values: splitHeads(
        dense(regions, weights[`block${block}/value/kernel`], weights[`block${block}/value/bias`]),
        heads,
      ),
    }));
  }

  private stored(state: DecoderState): { keys: tf.Tensor4D; values: tf.Tensor4D }[] {
    return Array.from({ length: this.options.layers }, (_, block) => ({
      keys: state[`keys${block}`] as tf.Tensor4D,
      values: state[`values${block}`] as tf.Tensor4D,
    }));
  }

  /** The attention blocks: text [batch, length, width] looks at the regions. */
  private attend(
    weights: Weights,
    text: tf.Tensor,
    keysAndValues: { keys: tf.Tensor4D; values: tf.Tensor4D }[],
    drop: <T extends tf.Tensor>(x: T) => T,
  ): { hidden: tf.Tensor; attention: tf.Tensor3D } {
    const { residual, feedForward, heads } = this.options;
    let x = text;
    let looked: tf.Tensor4D | undefined; // [batch, heads, length, regions]
    keysAndValues.forEach(({ keys, values }, block) => {
      const name = `block${block}`;
      const asking = residual ? layerNorm(x, weights[`${name}/scale`], weights[`${name}/shift`]) : x;
      const query = dense(asking, weights[`${name}/query/kernel`], weights[`${name}/query/bias`]);
      const { attended, weights: where } = attention(splitHeads(query, heads), keys, values);
      looked = where;
      const answer = dense(
        joinHeads(attended),
        weights[`${name}/output/kernel`],
        weights[`${name}/output/bias`],
      );
      x = residual ? tf.add(x, drop(answer)) : tf.concat([x, answer], -1);
      if (residual && feedForward > 0) x = tf.add(x, drop(this.feedForward(weights, name, x)));
    });
    const hidden = residual ? layerNorm(x, weights['final/scale'], weights['final/shift']) : x;
    return { hidden, attention: tf.mean(looked as tf.Tensor4D, 1) };
  }

  private feedForward(weights: Weights, block: string, x: tf.Tensor): tf.Tensor {
    const normal = layerNorm(x, weights[`${block}/ff-scale`], weights[`${block}/ff-shift`]);
    const inner = tf.relu(dense(normal, weights[`${block}/ff-in/kernel`], weights[`${block}/ff-in/bias`]));
    return dense(inner, weights[`${block}/ff-out/kernel`], weights[`${block}/ff-out/bias`]);
  }

  /** `[..., size] -> [..., words]`. */
  private logits(weights: Weights, x: tf.Tensor): tf.Tensor3D {
    if (!this.options.tiedEmbedding)
      return dense(x, weights['softmax/kernel'], weights['softmax/bias']) as tf.Tensor3D;
    const vector = dense(x, weights['to-word/kernel'], weights['to-word/bias']); // [..., embedding]
    const flat = tf.reshape(vector, [-1, this.options.embedding]);
    const scores = tf.add(tf.matMul(flat, weights['embedding'], false, true), weights['softmax/bias']);
    const [batch, length] = x.shape;
    return tf.reshape(scores, [batch, length, this.inputs.words]);
  }

  /** Word vectors of ids [a, b] or [n]; scaled up where the softmax shares them (Vaswani et al. 2017, 3.4). */
  private vectors(weights: Weights, words: tf.Tensor): tf.Tensor {
    const { embedding, tiedEmbedding } = this.options;
    const flat = tf.reshape<tf.Rank.R1>(words, [-1]);
    const vectors = kernels().takeRows(weights['embedding'], flat); // [n, embedding]
    return tf.reshape(tiedEmbedding ? tf.mul(vectors, Math.sqrt(embedding)) : vectors, [
      ...words.shape,
      embedding,
    ]);
  }

  private makeSpecs(): Record<string, WeightSpec> {
    const { options, inputs, width } = this;
    const { embedding, lstmUnits, layers, heads, headSize, feedForward, residual, splitPooled } = options;
    const matrix = (name: string, from: number, to: number): Record<string, WeightSpec> => ({
      [`${name}/kernel`]: { shape: [from, to], start: 'glorot' },
      [`${name}/bias`]: { shape: [to], start: 'zeros' },
    });
    const norm = (scale: string, shift: string): Record<string, WeightSpec> => ({
      [scale]: { shape: [width], start: 'ones' },
      [shift]: { shape: [width], start: 'zeros' },
    });
    const specs: Record<string, WeightSpec> = {
      embedding: { shape: [inputs.words, embedding], start: 'embedding' },
      ...bilstmSpecs(embedding, lstmUnits),
    };
    let regionSize = splitPooled > 0 ? inputs.channels / splitPooled : inputs.channels;
    if (residual && splitPooled === 0) {
      Object.assign(specs, matrix('regions', inputs.channels, width), norm('regions/scale', 'regions/shift'));
      specs['regions/place'] = { shape: [inputs.regions, width], start: 'zeros' };
      regionSize = width;
    }
    const attending = heads * headSize;
    let textSize = width;
    for (let block = 0; block < layers; block++) {
      const name = `block${block}`;
      Object.assign(
        specs,
        matrix(`${name}/query`, textSize, attending),
        matrix(`${name}/key`, regionSize, attending),
      );
      Object.assign(
        specs,
        matrix(`${name}/value`, regionSize, attending),
        matrix(`${name}/output`, attending, width),
      );
      if (!residual) textSize += width;
      if (residual) Object.assign(specs, norm(`${name}/scale`, `${name}/shift`));
      if (residual && feedForward > 0) {
        Object.assign(specs, norm(`${name}/ff-scale`, `${name}/ff-shift`));
        Object.assign(
          specs,
          matrix(`${name}/ff-in`, width, feedForward),
          matrix(`${name}/ff-out`, feedForward, width),
        );
      }
    }
    if (residual) Object.assign(specs, norm('final/scale', 'final/shift'));
    if (this.options.tiedEmbedding) Object.assign(specs, matrix('to-word', textSize, embedding));
    else specs['softmax/kernel'] = { shape: [textSize, inputs.words], start: 'glorot' };
    specs['softmax/bias'] = { shape: [inputs.words], start: 'zeros' };
    return specs;
  }
}
