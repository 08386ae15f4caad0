import * as tf from '@tensorflow/tfjs-core';

/*
 * The vocabulary in which the networks are written. A layer is a function of one tensor
 * [batch, rows, columns, channels]; `sequence` and `branches` combine layers. Intermediate
 * results are freed as soon as they were used: at 32 pictures they would take gigabytes.
 */

export type Layer = (x: tf.Tensor4D) => tf.Tensor4D;
export type Activation = 'relu' | 'relu6' | 'linear';
export type Padding = 'same' | 'valid';

/** A kernel with the bias that is left of its batch normalisation. */
export interface ConvolutionTensors {
  /** [rows, columns, inputs, filters]; depthwise: [rows, columns, channels, 1] */
  kernel: tf.Tensor4D;
  /** [filters] */
  bias: tf.Tensor1D;
}

export interface ConvolutionOptions {
  stride?: number;
  padding?: Padding;
  activation: Activation;
}

/** Convolution, bias, activation. */
export function convolution(tensors: ConvolutionTensors, options: ConvolutionOptions): Layer {
  const { stride = 1, padding = 'same', activation } = options;
  return (x) =>
    tf.tidy(() => activate(tf.add(tf.conv2d(x, tensors.kernel, stride, padding), tensors.bias), activation));
}

/** A convolution of each channel on its own, bias, activation. */
export function depthwiseConvolution(tensors: ConvolutionTensors, options: ConvolutionOptions): Layer {
  const { stride = 1, padding = 'same', activation } = options;
  return (x) =>
    tf.tidy(() =>
      activate(tf.add(tf.depthwiseConv2d(x, tensors.kernel, stride, padding), tensors.bias), activation),
    );
}

/** Largest value of each window, no padding. */
export function maxPool(size: number, stride: number): Layer {
  return (x) => tf.maxPool(x, size, stride, 'valid');
}

/** Mean of each window at every place; at the border of what lies inside the picture. */
export function averagePool(size: number): Layer {
  return (x) => tf.avgPool(x, size, 1, 'same');
}

/** Layers one after the other. */
export function sequence(...layers: Layer[]): Layer {
  return (input) => {
    let x = input;
    for (const layer of layers) {
      const next = layer(x);
      if (x !== input) {
        x.dispose();
      }
      x = next;
    }
    return x;
  };
}

/** Layers side by side on the same input, their outputs joined along the channels. */
export function branches(...layers: Layer[]): Layer {
  return (x) => {
    const outputs = layers.map((layer) => layer(x));
    const joined = tf.concat(outputs, 3);
    tf.dispose(outputs);
    return joined;
  };
}

/** The layer's output added to its input. */
export function residual(layer: Layer): Layer {
  return (x) => {
    const change = layer(x);
    const sum = tf.add<tf.Tensor4D>(x, change);
    change.dispose();
    return sum;
  };
}

function activate(x: tf.Tensor, activation: Activation): tf.Tensor4D {
  switch (activation) {
    case 'relu':
      return tf.relu(x as tf.Tensor4D);
    case 'relu6':
      return tf.relu6(x as tf.Tensor4D);
    case 'linear':
      return x as tf.Tensor4D;
  }
}
