import * as tf from '@tensorflow/tfjs-core';
import type { LayerWeights } from './definition';

/*
 * The layers of convolutional networks. A `LayerBuilder` takes the size of the input and gives a `Layer`, which knows
 * its output's size and the weights that it needs; layers run as pure functions of a tensor and of weights by name, so
 * that a part of a network can be trained. Intermediate results are freed as soon as they were used: at 32 images they
 * would take gigabytes.
 */

/** Of a layer's input or output, without the batch. */
export interface Size {
  rows: number;
  columns: number;
  channels: number;
}

/** The weights that a convolution needs. */
export interface ConvolutionShape {
  /** of the layer in the file; its weights are `name/kernel` and `name/bias` */
  name: string;
  /** the batch normalization that follows it, which is folded into it */
  norm?: string;
  /** [rows, columns, inputs, filters]; depthwise: [rows, columns, channels, 1] */
  kernel: [number, number, number, number];
  filters: number;
}

export interface Layer {
  /** of the output */
  readonly size: Size;
  /** all convolutions in it, in order */
  readonly convolutions: readonly ConvolutionShape[];
  /** @param x [batch, rows, columns, channels] */
  run(x: tf.Tensor4D, weights: LayerWeights): tf.Tensor4D;
}

/** Makes a layer for an input of some size. */
export type LayerBuilder = (input: Size) => Layer;

export type Activation = 'relu' | 'relu6' | 'swish' | 'sigmoid' | 'linear';
export type Padding = 'same' | 'valid';

export interface ConvolutionOptions {
  /** of the layer in the weights file, and of its batch normalization */
  name: string;
  norm?: string;
  size: [rows: number, columns: number];
  stride?: number;
  padding?: Padding;
  activation: Activation;
}

/** Convolution, bias, activation. */
export function convolution(filters: number, options: ConvolutionOptions): LayerBuilder {
  return (input) => {
    const kernel: ConvolutionShape['kernel'] = [...options.size, input.channels, filters];
    return convolving({ kernel, filters }, input, options, tf.conv2d);
  };
}

/** A convolution of each channel on its own, bias, activation. */
export function depthwiseConvolution(options: ConvolutionOptions): LayerBuilder {
  return (input) => {
    const kernel: ConvolutionShape['kernel'] = [...options.size, input.channels, 1];
    return convolving({ kernel, filters: input.channels }, input, options, tf.depthwiseConv2d);
  };
}

type Convolve = (x: tf.Tensor4D, kernel: tf.Tensor4D, stride: number, padding: Padding) => tf.Tensor4D;

function convolving(
  shape: Pick<ConvolutionShape, 'kernel' | 'filters'>,
  input: Size,
  { name, norm, size, stride = 1, padding = 'same', activation }: ConvolutionOptions,
  convolve: Convolve,
): Layer {
  return {
    size: { ...outputSize(input, size, stride, padding), channels: shape.filters },
    convolutions: [{ name, norm, ...shape }],
    run: (x, weights) =>
      tf.tidy(() => {
        const sums = convolve(x, weights[`${name}/kernel`] as tf.Tensor4D, stride, padding);
        return activate(tf.add(sums, weights[`${name}/bias`]), activation);
      }),
  };
}

/** Largest value of each window, no padding. */
export function maxPool(size: number, stride: number): LayerBuilder {
  return (input) => ({
    size: outputSize(input, [size, size], stride, 'valid'),
    convolutions: [],
    run: (x) => tf.maxPool(x, size, stride, 'valid'),
  });
}

/** Mean of the window around each position; at the border, of what lies inside the image. */
export function averagePool(size: number): LayerBuilder {
  return (input) => ({
    size: input,
    convolutions: [],
    run: (x) => tf.avgPool(x, size, 1, 'same'),
  });
}

/** So many rows and columns of zeros on each side. */
export function zeroPadding(width: number): LayerBuilder {
  return ({ rows, columns, channels }) => ({
    size: { rows: rows + 2 * width, columns: columns + 2 * width, channels },
    convolutions: [],
    run: (x) => {
      const sides: [number, number] = [width, width];
      return tf.pad(x, [[0, 0], sides, sides, [0, 0]]);
    },
  });
}

/** Layers one after the other, made from their builders. */
export function sequence(...builders: LayerBuilder[]): LayerBuilder {
  return (input) => {
    const layers: Layer[] = [];
    let size = input;
    for (const builder of builders) {
      const layer = builder(size);
      layers.push(layer);
      size = layer.size;
    }
    return chain(layers);
  };
}

/** Layers one after the other, each made for the output of the one before. */
export function chain(layers: readonly Layer[]): Layer {
  return {
    size: layers[layers.length - 1].size,
    convolutions: layers.flatMap((layer) => layer.convolutions),
    run: (input, weights) => {
      let x = input;
      for (const layer of layers) {
        const next = layer.run(x, weights);
        if (x !== input) x.dispose();
        x = next;
      }
      return x;
    },
  };
}

/** Layers side by side on the same input, their outputs joined along the channels. */
export function concat(...builders: LayerBuilder[]): LayerBuilder {
  return combined(
    builders,
    (sizes) => ({ ...sizes[0], channels: sizes.reduce((sum, { channels }) => sum + channels, 0) }),
    (outputs) => tf.concat(outputs, 3),
  );
}

/** Two layers side by side on the same input, their outputs added, then an activation. */
export function add(builders: [LayerBuilder, LayerBuilder], activation: Activation = 'linear'): LayerBuilder {
  return combined(
    builders,
    (sizes) => sizes[0],
    ([a, b]) => tf.tidy(() => activate(tf.add(a, b), activation)),
  );
}

/** The input times a layer's output for it. */
export function multiplyBy(builder: LayerBuilder): LayerBuilder {
  return combined(
    [identity, builder],
    (sizes) => sizes[0],
    ([x, share]) => tf.mul(x, share),
  );
}

/** The mean of each channel: one row and one column. */
export const globalAveragePool: LayerBuilder = ({ channels }) => ({
  size: { rows: 1, columns: 1, channels },
  convolutions: [],
  run: (x) => tf.mean<tf.Tensor4D>(x, [1, 2], true),
});

/** The input as it is: the shortcut of a residual block. */
export const identity: LayerBuilder = (size) => ({ size, convolutions: [], run: (x) => x });

function combined(
  builders: readonly LayerBuilder[],
  size: (sizes: Size[]) => Size,
  combine: (outputs: tf.Tensor4D[]) => tf.Tensor4D,
): LayerBuilder {
  return (input) => {
    const layers = builders.map((builder) => builder(input));
    return {
      size: size(layers.map((layer) => layer.size)),
      convolutions: layers.flatMap((layer) => layer.convolutions),
      run: (x, weights) => {
        const outputs = layers.map((layer) => layer.run(x, weights));
        const result = combine(outputs);
        tf.dispose(outputs.filter((output) => output !== x));
        return result;
      },
    };
  };
}

/** Positions of a window on the input; the channels stay. */
function outputSize(input: Size, window: [number, number], stride: number, padding: Padding): Size {
  const positions = (length: number, size: number) =>
    padding === 'same' ? Math.ceil(length / stride) : Math.floor((length - size) / stride) + 1;
  const { rows, columns, channels } = input;
  return { rows: positions(rows, window[0]), columns: positions(columns, window[1]), channels };
}

function activate(x: tf.Tensor, activation: Activation): tf.Tensor4D {
  const sums = x as tf.Tensor4D;
  switch (activation) {
    case 'relu':
      return tf.relu(sums);
    case 'relu6':
      return tf.relu6(sums);
    case 'swish':
      return tf.mul(sums, tf.sigmoid(sums));
    case 'sigmoid':
      return tf.sigmoid(sums);
    case 'linear':
      return sums;
  }
}
