import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../../errors';
import { blockIndex, type Block, type ConvolutionReader, type EncoderDefinition } from './definition';
import { chain, type LayerWeights } from './layers';
import { encoderTitles, type EncoderName } from './names';
import type { WeightArrays } from './weight-arrays';

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

/** The file that an encoder's weights come from. */
export interface WeightsSource {
  arrays: WeightArrays;
  weightsHash: string;
  /** its path, for error messages */
  source: string;
}

/**
 * A network without its classifier, up to an end point; later blocks are not built.
 * @param endPoint empty: the last
 * @throws UserError when the end point is unknown or lies beyond what the file holds, and when the file is one of
 *   another network
 */
export function makeEncoder(
  definition: EncoderDefinition,
  { arrays, weightsHash, source }: WeightsSource,
  endPoint: string,
): Encoder {
  const index = blockIndex(definition, endPoint);
  const reader = definition.reader(arrays, source);
  checkReach(definition, endPoint, reader, source);
  const blocks = definition.blocks.slice(0, index + 1);
  const network = chain(blocks.map((block) => block.layer));
  const preprocess = definition.preprocess(arrays, source);
  const weights = readWeights(blocks, reader);
  const { side, channels } = network.size;
  const { name, imageSize } = definition;
  return {
    name,
    endPoint: blocks[index].name,
    weightsHash,
    imageSize,
    grid: [side, side],
    channels,
    weights: Object.values(weights),
    forward: (images) =>
      tf.tidy(() => {
        const features = network.run(preprocess(tf.cast(images, 'float32')), weights); // [batch, rows, columns, channels]
        return tf.reshape(features, [images.shape[0], side * side, channels]);
      }),
    dispose: () => tf.dispose(weights),
  };
}

/** The weights of blocks, with the names that their layers ask for: `name/kernel` and `name/bias`. */
export function readWeights(blocks: readonly Block[], reader: ConvolutionReader): LayerWeights {
  const weights: Record<string, tf.Tensor> = {};
  try {
    for (const shape of blocks.flatMap((block) => block.layer.convolutions)) {
      const { kernel, bias } = reader.read(shape);
      weights[`${shape.name}/kernel`] = tf.tensor(kernel.values, kernel.shape);
      weights[`${shape.name}/bias`] = tf.tensor1d(bias);
    }
  } catch (error) {
    tf.dispose(weights);
    throw error;
  }
  return weights;
}

/** @throws UserError that names the last end point that the file reaches, where it is not the wanted one */
export function checkReach(
  definition: EncoderDefinition,
  endPoint: string,
  reader: ConvolutionReader,
  source: string,
): void {
  const blocks = definition.blocks.slice(0, blockIndex(definition, endPoint) + 1);
  const missing = blocks.findIndex(({ layer }) => !layer.convolutions.every((one) => reader.holds(one)));
  if (missing < 0) return;
  const title = encoderTitles[definition.name];
  const what =
    missing === 0
      ? `does not hold even the first blocks of ${title}: give the weights file of that network`
      : `holds ${title} only up to ${blocks[missing - 1].name}: use --end-point ${blocks[missing - 1].name}`;
  throw new UserError(`${source} cannot give ${blocks[blocks.length - 1].name}: it ${what}.`);
}
