import type * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../../errors';
import type { ConvolutionShape, Layer, LayerBuilder, Size } from './layers';
import { encoderTitles, type EncoderName } from './names';
import type { WeightArray, WeightArrays } from './weight-arrays';

/** A piece of a network behind which features can be taken. */
export interface Block {
  /** the end point behind it */
  name: string;
  layer: Layer;
}

/** A weights file as a network sees it. */
export interface ConvolutionReader {
  /** Whether the file has a convolution of this name. */
  holds(shape: ConvolutionShape): boolean;
  /**
   * A convolution with its batch normalization folded in.
   * @throws UserError where an array is missing or has another size
   */
  read(shape: ConvolutionShape): { kernel: WeightArray; bias: Float32Array };
}

/** All of a network but its weights. */
export interface EncoderDefinition {
  name: EncoderName;
  /** Height and width of the pictures, in pixels. */
  imageSize: number;
  /** In order; the first takes what `preprocess` makes of pixels. */
  blocks: readonly Block[];
  /** @param source the weights file, for error messages */
  reader(arrays: WeightArrays, source: string): ConvolutionReader;
  /** What makes of pixels (0 to 255) the input of the first block. */
  preprocess(arrays: WeightArrays, source: string): (pixels: tf.Tensor4D) => tf.Tensor4D;
}

/** Blocks for pictures of a size, each made for what the one before gives. */
export function blocksOf(imageSize: number, parts: [name: string, part: LayerBuilder][]): Block[] {
  let size: Size = { side: imageSize, channels: 3 };
  return parts.map(([name, part]) => {
    const layer = part(size);
    size = layer.size;
    return { name, layer };
  });
}

/**
 * The place of an end point among the blocks.
 * @param endPoint empty: the last
 * @throws UserError where there is none of that name
 */
export function blockIndex({ name, blocks }: EncoderDefinition, endPoint: string): number {
  const index = endPoint === '' ? blocks.length - 1 : blocks.findIndex((block) => block.name === endPoint);
  if (index < 0) {
    const names = blocks.map((block) => block.name).join(', ');
    throw new UserError(`${encoderTitles[name]} has no end point "${endPoint}": choose one of ${names}.`);
  }
  return index;
}
