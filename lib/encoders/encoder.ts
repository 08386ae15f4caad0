import * as tf from '@tensorflow/tfjs-core';
import type { Layer } from './layers';

export type EncoderName = 'inception-v3' | 'efficientnet-lite0';

/** A convolutional network that turns pictures into a grid of feature vectors, one a region. */
export interface Encoder {
  readonly name: EncoderName;
  /** The layer whose output is the features, e.g. 'mixed8'. */
  readonly endPoint: string;
  /** SHA-256 of the weights file, in hexadecimal. */
  readonly weightsHash: string;
  /** Height and width of the pictures, in pixels. */
  readonly imageSize: number;
  readonly grid: [rows: number, columns: number];
  /** Length of a region's feature vector. */
  readonly channels: number;
  /** The folded weights, for whoever compiles `forward` and has to know its constants. */
  readonly weights: readonly tf.Tensor[];
  /**
   * Features of pictures. The preprocessing of the network is included. A pure function of
   * tensors: it reads nothing back, so that it can be traced into a graph.
   * @param images [batch, imageSize, imageSize, 3] with values from 0 to 255
   * @returns [batch, rows * columns, channels], regions row by row
   */
  forward(images: tf.Tensor4D): tf.Tensor3D;
  /** Frees the weights. */
  dispose(): void;
}

/** Everything about an encoder that is not its weights file. */
export interface EncoderParts {
  name: EncoderName;
  endPoint: string;
  weightsHash: string;
  imageSize: number;
  grid: [rows: number, columns: number];
  channels: number;
  /** Pixels (0 to 255) to what the first layer expects. */
  preprocess: Layer;
  /** The layers up to the end point. */
  network: Layer;
  weights: tf.Tensor[];
}

/** Puts an encoder together. It owns the weights from now on. */
export function makeEncoder(parts: EncoderParts): Encoder {
  const { preprocess, network, ...description } = parts;
  const regions = parts.grid[0] * parts.grid[1];
  return {
    ...description,
    forward: (images) =>
      tf.tidy(() => {
        const features = network(preprocess(tf.cast(images, 'float32'))); // [batch, rows, columns, channels]
        return tf.reshape(features, [images.shape[0], regions, parts.channels]);
      }),
    dispose: () => tf.dispose(parts.weights),
  };
}
