import type * as tf from '@tensorflow/tfjs-core';
import type { WeightArrays } from './weight-arrays';

/** The images that a network takes, and how an image of any size becomes one. */
export interface ImageInput {
  /** in pixels */
  height: number;
  width: number;
  /**
   * 'squash' (default) scales both sides to the input's and ignores the aspect ratio; `shorterSide` scales the image
   * until its shorter side has so many pixels (not fewer than height or width), then cuts the input out of its center
   */
  resize?: 'squash' | { shorterSide: number };
  /** default: 'lanczos3' */
  interpolation?: 'lanczos3' | 'cubic' | 'linear' | 'nearest';
}

/** What makes a network's values of pixels from 0 to 255: (pixels / divisor - mean) / std. */
export interface Normalization {
  /** default: 1 */
  divisor?: number;
  /** of all channels, or of each in their order (default: 0) */
  mean?: number | readonly number[];
  /** likewise (default: 1) */
  std?: number | readonly number[];
  /** default: 'rgb' */
  channelOrder?: 'rgb' | 'bgr';
}

/** Where a network's weights file is found. */
export interface WeightsLocation {
  /** its name in models/ */
  file: string;
  /** how it comes there: set-up brings it, users put it there themselves, or it is fetched when it is needed */
  source: 'set-up' | 'user' | Download;
}

/** A file that can be fetched, and its hash in hexadecimal. */
export type Download = { url: string; md5: string } | { url: string; sha256: string };

/** The feature vectors that a network gives of an image. */
export interface FeatureShape {
  /** the regions' places on the image, row by row */
  grid: readonly [rows: number, columns: number];
  /** rows * columns, and whatever stands beside the grid, a class token for example, which comes last */
  regions: number;
  /** length of a feature vector */
  channels: number;
}

/** A network with its weights, up to an end point. */
export interface Network extends FeatureShape {
  /** whatever `forward` uses: freed with the encoder, and constants of its graph */
  weights: readonly tf.Tensor[];
  /**
   * A pure function of tensors: it reads nothing back, so that it can be traced into a graph.
   * @param images normalized [batch, height, width, 3]
   * @returns [batch, regions, channels]
   */
  forward(images: tf.Tensor4D): tf.Tensor3D;
}

/** Weights by name. */
export type LayerWeights = Readonly<Record<string, tf.Tensor>>;

/**
 * The blocks of a network between two end points as a pure function of their weights, so that they can be trained.
 */
export interface FineTunedBlocks {
  /** the end point whose features go in, and the one whose features come out */
  readonly inputEndPoint: string;
  readonly endPoint: string;
  readonly input: FeatureShape;
  readonly output: FeatureShape;
  /** shapes of the weights by name */
  readonly shapes: Record<string, number[]>;
  /** [batch, regions, channels] of the lower end point to those of the upper one */
  forward(weights: LayerWeights, features: tf.Tensor3D): tf.Tensor3D;
  /**
   * The weights with which training starts, by the names of `shapes`.
   * @throws UserError where the file does not reach the end point
   */
  readWeights(arrays: WeightArrays, source: string): LayerWeights;
}

/**
 * All that the project knows about an encoder: a file that exports one, and a line in registry.ts, add it. What many
 * networks share is in convolutional-encoder.ts.
 */
export interface EncoderDefinition {
  /** what options and saved models call it, e.g. 'inception-v3' */
  name: string;
  /** as people write it, e.g. 'InceptionV3' */
  title: string;
  input: ImageInput;
  /** a function where it is found in the weights file */
  normalization: Normalization | ((arrays: WeightArrays, source: string) => Normalization);
  weights: WeightsLocation;
  /** the places in the network behind which features can be taken, in order; the last is the default */
  endPoints: readonly string[];
  /** Whether a weights file is one of this network. */
  readonly fits: (arrays: WeightArrays) => boolean;
  /**
   * Builds the network from its weights.
   * @param options the end point, one of `endPoints`: what lies behind it is not needed; and the path of the weights file,
   *   for error messages
   * @throws UserError when arrays are missing or have other shapes
   */
  build(arrays: WeightArrays, options: { endPoint: string; source: string }): Network;
  /**
   * Set where the last channels of its features are the probabilities of COCO's 80 categories at a region, in the order of
   * their numbers, times `scale`.
   */
  readonly objects?: { scale: number };
  /** Shapes of the weights file's arrays for the generic tests; those of a `convolutionalEncoder`'s blocks need not be there. */
  readonly testArrays?: Readonly<Record<string, number[]>>;
  /** The blocks behind one end point up to another, which comes after it; missing where fine-tuning is not offered. */
  fineTunedBlocks?(inputEndPoint: string, endPoint: string): FineTunedBlocks;
}
