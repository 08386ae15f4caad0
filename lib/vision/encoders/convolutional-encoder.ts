import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../../errors';
import type { EncoderDefinition, FeatureShape, FineTunedBlocks, LayerWeights, Network } from './definition';
import { chain, type ConvolutionShape, type Layer, type LayerBuilder, type Size } from './layers';
import type { WeightArray, WeightArrays } from './weight-arrays';

/*
 * What convolutional networks have in common: they are blocks one after the other, features can be taken behind each,
 * and upper blocks can be fine-tuned. Their batch normalizations are folded into the convolutions, also while they are
 * trained: scales and biases are then trained with the kernels, the statistics are those of the weights file.
 */

/** A piece of a network behind which features can be taken. */
export interface Block {
  /** the end point behind it */
  name: string;
  layer: Layer;
}

/** The convolutions of a weights file. */
export interface ConvolutionReader {
  /** The shape of a convolution's kernel in the file, if it has one of this name. */
  kernelShape(convolution: ConvolutionShape): readonly number[] | undefined;
  /**
   * A convolution with its batch normalization folded in.
   * @throws UserError where an array is missing or has another size
   */
  read(convolution: ConvolutionShape): { kernel: WeightArray; bias: Float32Array };
}

interface ConvolutionalOptions extends Pick<
  EncoderDefinition,
  'name' | 'title' | 'input' | 'normalization' | 'weights' | 'objects' | 'testArrays'
> {
  /** In order, with the end points behind them; the first takes normalized images. */
  blocks: readonly [endPoint: string, block: LayerBuilder][];
  /** @param source the weights file, for error messages */
  reader: (arrays: WeightArrays, source: string) => ConvolutionReader;
}

export interface ConvolutionalEncoder extends EncoderDefinition {
  blocks: readonly Block[];
}

/** The definition of a network that consists of blocks of layers. */
export function convolutionalEncoder({
  blocks: builders,
  reader,
  ...described
}: ConvolutionalOptions): ConvolutionalEncoder {
  const { height, width } = described.input;
  const blocks = buildBlocks({ rows: height, columns: width, channels: 3 }, builders);
  const upTo = (endPoint: string) => blocks.findIndex(({ name }) => name === endPoint) + 1;
  const open = (arrays: WeightArrays, source: string, endPoint: string) => {
    const opened = reader(arrays, source);
    checkReach(described.title, blocks.slice(0, upTo(endPoint)), opened, source);
    return opened;
  };
  return {
    ...described,
    blocks,
    endPoints: blocks.map(({ name }) => name),
    fits: (arrays) => fits(blocks, reader(arrays, '')),
    build: (arrays, { endPoint, source }) =>
      network(blocks.slice(0, upTo(endPoint)), open(arrays, source, endPoint)),
    fineTunedBlocks: (inputEndPoint, endPoint) => {
      const [from, to] = [upTo(inputEndPoint), upTo(endPoint)];
      const upper = blocks.slice(from, to);
      return {
        ...trainable(blocks[from - 1], upper),
        readWeights: (arrays, source) => readWeights(upper, open(arrays, source, endPoint)),
      };
    },
  };
}

/**
 * Whether a file is one of this network, maybe of its lower blocks alone: networks of a family begin alike and differ in
 * the sizes of later blocks.
 */
function fits([first, ...others]: readonly Block[], reader: ConvolutionReader): boolean {
  const shapeOf = (convolution: ConvolutionShape) => reader.kernelShape(convolution)?.join();
  return (
    first.layer.convolutions.every((one) => shapeOf(one) === one.kernel.join()) &&
    others
      .flatMap(({ layer }) => layer.convolutions)
      .every((one) => (shapeOf(one) ?? one.kernel.join()) === one.kernel.join())
  );
}

/** Each block is made for what the one before gives. */
function buildBlocks(input: Size, builders: readonly [string, LayerBuilder][]): Block[] {
  let size = input;
  return builders.map(([name, builder]) => {
    const layer = builder(size);
    size = layer.size;
    return { name, layer };
  });
}

function network(blocks: readonly Block[], reader: ConvolutionReader): Network {
  const weights = readWeights(blocks, reader);
  const layers = chain(blocks.map(({ layer }) => layer));
  return {
    ...featureShape(layers.size),
    weights: Object.values(weights),
    forward: (images) => toRegions(layers.run(images, weights)),
  };
}

function trainable(below: Block, blocks: readonly Block[]): Omit<FineTunedBlocks, 'readWeights'> {
  const layers = chain(blocks.map(({ layer }) => layer));
  const { rows, columns, channels } = below.layer.size;
  return {
    inputEndPoint: below.name,
    endPoint: blocks[blocks.length - 1].name,
    input: featureShape(below.layer.size),
    output: featureShape(layers.size),
    shapes: Object.fromEntries(
      layers.convolutions.flatMap(({ name, kernel, filters }) => [
        [`${name}/kernel`, [...kernel]],
        [`${name}/bias`, [filters]],
      ]),
    ),
    forward: (weights, features) =>
      tf.tidy(() => toRegions(layers.run(tf.reshape(features, [-1, rows, columns, channels]), weights))),
  };
}

const featureShape = ({ rows, columns, channels }: Size): FeatureShape => ({
  grid: [rows, columns],
  regions: rows * columns,
  channels,
});

/** [batch, rows, columns, channels] to [batch, regions, channels], row by row. */
function toRegions(features: tf.Tensor4D): tf.Tensor3D {
  const [batch, rows, columns, channels] = features.shape;
  return tf.reshape(features, [batch, rows * columns, channels]);
}

/** The weights of blocks, with the names that their layers use: `name/kernel` and `name/bias`. */
function readWeights(blocks: readonly Block[], reader: ConvolutionReader): LayerWeights {
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

/** @throws UserError that names the last end point that the file reaches, where it is not that of the last block */
function checkReach(
  title: string,
  blocks: readonly Block[],
  reader: ConvolutionReader,
  source: string,
): void {
  const missing = blocks.findIndex(({ layer }) => layer.convolutions.some((one) => !reader.kernelShape(one)));
  if (missing < 0) return;
  const what =
    missing === 0
      ? `does not hold even the first blocks of ${title}: give the weights file of that network`
      : `holds ${title} only up to ${blocks[missing - 1].name}: use endPoint ${blocks[missing - 1].name}`;
  throw new UserError(`${source} cannot give ${blocks[blocks.length - 1].name}: it ${what}.`);
}
