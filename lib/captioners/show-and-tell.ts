import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { applyDropout, type Dropout } from '../ops/layers';
import { lstm, lstmInput, lstmStep } from '../ops/lstm';
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
  embedTokens,
  lstmSpecs,
  lstmWeights,
  normSpecs,
  tokenLogits,
  tokenSpecs,
} from './layers';
import { sharedOptions } from './shared-options';

/** Epsilon of the batch normalization, and the share of the moving averages kept at each batch: Keras' defaults. */
const EPSILON = 1e-3;
const MOMENTUM = 0.99;

const showAndTellOptions = z.strictObject({
  name: z.literal('show-and-tell').describe('kind of captioner'),
  embedding: sharedOptions.embedding,
  units: sharedOptions.units,
  lstmLayers: z.int().min(1).max(32).default(1).describe('LSTM layers'),
  batchNorm: z.boolean().default(true).describe('batch normalization of the projected image'),
  tiedEmbedding: sharedOptions.tiedEmbedding,
  dropout: sharedOptions.dropout,
});

export type ShowAndTellOptions = z.infer<typeof showAndTellOptions>;

export const showAndTell: CaptionerDefinition<ShowAndTellOptions> = {
  name: 'show-and-tell',
  title: 'Show and Tell (Vinyals et al. 2015)',
  description: 'LSTMs that read the pooled image once, before the first token; no attention.',
  options: showAndTellOptions,
  create: (options, inputs) => new ShowAndTell(options, inputs),
  sizes: {
    scenes: { embedding: 128, units: 256, dropout: 0.1 },
    tiny: { embedding: 5, units: 6 },
  },
  testVariants: {
    'tied, batch norm': {},
    'not tied, two layers': { tiedEmbedding: false, lstmLayers: 2, batchNorm: false },
  },
};

/**
 * "Show and Tell" (Vinyals et al. 2015): the image is the first input of a stack of LSTMs, the tokens follow.
 *
 *   image     mean of the regions, projected, batch-normalized (Ioffe & Szegedy 2015)   [images, embedding]
 *   inputs    image, embedding of token 0, of token 1, ...                       [1 + steps, rows, embedding]
 *   states    LSTM layers over them, without the state after the image               [rows, steps, units]
 *   logits    softmax layer; tied, after a projection to the size of an embedding    [rows, steps, vocabSize]
 */
class ShowAndTell implements Captioner {
  readonly specs: Record<string, WeightSpec>;
  /** names of the LSTM layers */
  private readonly layers: string[];

  constructor(
    private readonly options: ShowAndTellOptions,
    private readonly inputs: CaptionerInputs,
  ) {
    const { embedding, units, lstmLayers, batchNorm, tiedEmbedding } = options;
    this.layers = Array.from({ length: lstmLayers }, (_, layer) => `lstm${layer}`);
    this.specs = {
      ...tokenSpecs(inputs.vocabSize, embedding, units, tiedEmbedding),
      ...denseSpecs('picture', inputs.channels, embedding),
    };
    if (batchNorm) {
      Object.assign(this.specs, normSpecs('picture/', embedding));
      this.specs['picture/mean'] = { shape: [embedding], initializer: 'zeros', trainable: false };
      this.specs['picture/variance'] = { shape: [embedding], initializer: 'ones', trainable: false };
    }
    this.layers.forEach((name, layer) =>
      Object.assign(this.specs, lstmSpecs(name, layer === 0 ? embedding : units, units)),
    );
    if (tiedEmbedding) Object.assign(this.specs, denseSpecs('to-word', units, embedding));
  }

  forward(weights: Weights, features: tf.Tensor3D, tokens: tf.Tensor2D, dropout?: Dropout): CaptionerOutput {
    const drop = applyDropout(dropout);
    const [rows, steps] = tokens.shape;
    const image = repeatPerCaption(
      this.embedImage(weights, features, dropout !== undefined),
      rows / features.shape[0],
    );
    const vectors = tf.transpose(this.embed(weights, tokens), [1, 0, 2]); // [steps, rows, embedding]
    const joined = () => tf.concat([tf.expandDims(image, 0), vectors]) as tf.Tensor3D;
    let x = runLayer('Concatenate', 'sequence', joined, 'image first'); // [1 + steps, rows, embedding]
    for (const name of this.layers) {
      x = runLayer(
        'LSTM',
        name,
        () => lstm(drop(x), lstmWeights(weights, name)),
        `${this.options.units} units`,
      );
    }

    const states = tf.transpose(tf.slice(x, 1, steps), [1, 0, 2]); // [rows, steps, units]
    return { logits: this.logits(weights, drop(states)) };
  }

  updateStatistics(weights: Weights, features: tf.Tensor3D): Weights {
    if (!this.options.batchNorm) return {};
    const { mean, variance } = tf.moments(this.project(weights, features), 0);
    const mixed = (name: string, fresh: tf.Tensor) =>
      tf.add(tf.mul(weights[name], MOMENTUM), tf.mul(fresh, 1 - MOMENTUM));
    return {
      'picture/mean': mixed('picture/mean', mean),
      'picture/variance': mixed('picture/variance', variance),
    };
  }

  initialState(weights: Weights, features: tf.Tensor3D, beams: number): DecoderState {
    return this.runLayers(weights, {}, repeatPerCaption(this.embedImage(weights, features, false), beams))
      .state;
  }

  step(weights: Weights, state: DecoderState, tokens: tf.Tensor2D): DecoderStep {
    const vectors = this.embed(weights, tf.reshape(tokens, [-1])) as tf.Tensor2D; // [captions, embedding]
    const next = this.runLayers(weights, state, vectors);
    const { regions } = this.inputs;
    return {
      logits: this.logits(weights, tf.reshape(next.hidden, [...tokens.shape, -1])),
      // There is no attention: no region counts more than another.
      attention: tf.fill([...tokens.shape, regions], 1 / regions),
      state: next.state,
    };
  }

  reorder(state: DecoderState, parents: tf.Tensor2D): DecoderState {
    return gatherCaptions(state, parents);
  }

  private embed(weights: Weights, tokens: tf.Tensor): tf.Tensor {
    return embedTokens(weights, tokens, this.options.tiedEmbedding);
  }

  /** `[images, regions, channels] -> [images, embedding]`. */
  private project(weights: Weights, features: tf.Tensor3D): tf.Tensor2D {
    const pooled = runLayer('GlobalAveragePooling', 'picture/pool', () => tf.mean(features, 1));
    return denseLayer(weights, 'picture', pooled) as tf.Tensor2D;
  }

  /** The image as an embedding; while training the batch normalization takes the batch's own mean and variance. */
  private embedImage(weights: Weights, features: tf.Tensor3D, training: boolean): tf.Tensor2D {
    const x = this.project(weights, features);
    if (!this.options.batchNorm) return x;
    return runLayer('BatchNormalization', 'picture/norm', () => {
      const { mean, variance } = training
        ? tf.moments(x, 0)
        : { mean: weights['picture/mean'], variance: weights['picture/variance'] };
      const normal = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, EPSILON)));
      return tf.add(tf.mul(normal, weights['picture/scale']), weights['picture/shift']);
    });
  }

  /** One more input [captions, embedding] through all layers. */
  private runLayers(
    weights: Weights,
    state: DecoderState,
    input: tf.Tensor2D,
  ): { hidden: tf.Tensor; state: DecoderState } {
    const after: DecoderState = {};
    let x: tf.Tensor = input;
    for (const name of this.layers) {
      const lstm = lstmWeights(weights, name);
      const [hidden, cell] = [`${name}/hidden`, `${name}/cell`];
      const before = state[hidden] && { hidden: state[hidden], cell: state[cell] };
      const next = lstmStep(tf.squeeze(lstmInput(tf.expandDims(x, 0), lstm), [0]), lstm.recurrent, before);
      after[hidden] = x = next.hidden;
      after[cell] = next.cell;
    }
    return { hidden: x, state: after };
  }

  private logits(weights: Weights, states: tf.Tensor): tf.Tensor3D {
    const { tiedEmbedding } = this.options;
    const x = tiedEmbedding ? denseLayer(weights, 'to-word', states) : states;
    return tokenLogits(weights, x, tiedEmbedding);
  }
}
