import * as tf from '@tensorflow/tfjs-core';

/*
 * The vocabulary in which the networks are written. A `Part` is told what comes in and becomes a `Layer`, which
 * knows its output and the weights that it needs; layers run as pure functions of a tensor and of weights by name,
 * so that a part of a network can be trained. Intermediate results are freed as soon as they were used: at 32
 * pictures they would take gigabytes.
 */

/** Rows (as many as columns) and channels of a layer's input or output. */
export interface Size {
  side: number;
  channels: number;
}

/** What a convolution needs of a weights file. */
export interface ConvolutionShape {
  /** of the layer in the file; its weights are `name/kernel` and `name/bias` */
  name: string;
  /** the batch normalization behind it, which is folded into it */
  norm?: string;
  /** [rows, columns, inputs, filters]; depthwise: [rows, columns, channels, 1] */
  kernel: [number, number, number, number];
  filters: number;
}

export type LayerWeights = Readonly<Record<string, tf.Tensor>>;

export interface Layer {
  /** of the output */
  readonly size: Size;
  /** all convolutions in it, in order */
  readonly convolutions: readonly ConvolutionShape[];
  /** @param x [batch, rows, columns, channels] */
  run(x: tf.Tensor4D, weights: LayerWeights): tf.Tensor4D;
}

/** A layer that has not been told yet what comes in. */
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
    size: { side: outputSide(input.side, size[0], stride, padding), channels: shape.filters },
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
  return ({ side, channels }) => ({
    size: { side: outputSide(side, size, stride, 'valid'), channels },
    convolutions: [],
    run: (x) => tf.maxPool(x, size, stride, 'valid'),
  });
}

/** Mean of each window at every place; at the border of what lies inside the picture. */
export function averagePool(size: number): LayerBuilder {
  return (input) => ({
    size: input,
    convolutions: [],
    run: (x) => tf.avgPool(x, size, 1, 'same'),
  });
}

/** So many rows and columns of zeros on each side. */
export function zeroPadding(width: number): LayerBuilder {
  return ({ side, channels }) => ({
    size: { side: side + 2 * width, channels },
    convolutions: [],
    run: (x) => {
      const places: [number, number] = [width, width];
      return tf.pad(x, [[0, 0], places, places, [0, 0]]);
    },
  });
}

/** Parts one after the other. */
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

/** Layers one after the other, each made for what the one before gives. */
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

/** Parts side by side on the same input, their outputs joined along the channels. */
export function concat(...builders: LayerBuilder[]): LayerBuilder {
  return combined(
    builders,
    (sizes) => ({ ...sizes[0], channels: sizes.reduce((sum, { channels }) => sum + channels, 0) }),
    (outputs) => tf.concat(outputs, 3),
  );
}

/** Parts side by side on the same input, their outputs added and what is below zero cut off where wanted. */
export function add(builders: [LayerBuilder, LayerBuilder], activation: Activation = 'linear'): LayerBuilder {
  return combined(
    builders,
    (sizes) => sizes[0],
    ([a, b]) => tf.tidy(() => activate(tf.add(a, b), activation)),
  );
}

/** The input times what a part makes of it. */
export function multiplyBy(builder: LayerBuilder): LayerBuilder {
  return combined(
    [identity, builder],
    (sizes) => sizes[0],
    ([x, share]) => tf.mul(x, share),
  );
}

/** The mean of each channel, as a picture of one pixel. */
export const globalAveragePool: LayerBuilder = ({ channels }) => ({
  size: { side: 1, channels },
  convolutions: [],
  run: (x) => tf.mean<tf.Tensor4D>(x, [1, 2], true),
});

/** The input as it is: one of the parts of a `sum`. */
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

/** Rows that a window of `size` rows leaves. */
function outputSide(side: number, size: number, stride: number, padding: Padding): number {
  return padding === 'same' ? Math.ceil(side / stride) : Math.floor((side - size) / stride) + 1;
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
