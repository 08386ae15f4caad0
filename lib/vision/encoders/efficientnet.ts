import { blocksOf, type Block } from './definition';
import {
  convolution,
  depthwiseConvolution,
  multiplyBy,
  globalAveragePool,
  identity,
  sequence,
  add,
  type Activation,
  type LayerBuilder,
} from './layers';

/*
 * The family of EfficientNets (Tan & Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks",
 * arXiv:1905.11946) at the width of B0 and B1: inverted bottlenecks (Sandler et al. 2018), with squeeze-and-excitation
 * (Hu et al. 2018) or, in the Lite ones, without.
 */

/** Stages of B0: how many blocks, size of their depthwise kernels, stride of the first, channels. */
const stages = [
  { blocks: 1, kernel: 3, stride: 1, channels: 16 },
  { blocks: 2, kernel: 3, stride: 2, channels: 24 },
  { blocks: 2, kernel: 5, stride: 2, channels: 40 },
  { blocks: 3, kernel: 3, stride: 2, channels: 80 },
  { blocks: 3, kernel: 5, stride: 1, channels: 112 },
  { blocks: 4, kernel: 5, stride: 2, channels: 192 },
  { blocks: 1, kernel: 3, stride: 1, channels: 320 },
];
const STEM_CHANNELS = 32;
const TOP_CHANNELS = 1280;

/** A layer and its batch normalization in the weights file. */
export interface LayerName {
  name: string;
  norm: string;
}

/** What the layers of a block are called in the weights file. */
export interface BlockNames {
  endPoint: string;
  expand: LayerName;
  depthwise: LayerName;
  project: LayerName;
  /** the two layers of squeeze-and-excitation, where the network has it */
  squeeze?: { reduce: string; excite: string };
}

export interface Variant {
  imageSize: number;
  /** factor on the number of blocks of each stage, rounded up */
  depth: number;
  activation: Activation;
  stem: LayerName;
  top: LayerName & { endPoint: string };
  /**
   * @param stage from 1
   * @param position in the stage, from 0
   * @param index in the network, from 0
   */
  names: (stage: number, position: number, index: number) => BlockNames;
}

/** The blocks of an EfficientNet. The stem belongs to the first; the last is the 1x1 convolution at the top. */
export function efficientNetBlocks({ imageSize, depth, activation, stem, top, names }: Variant): Block[] {
  const parts: [string, LayerBuilder][] = [];
  stages.forEach(({ blocks, kernel, stride, channels }, s) => {
    for (let i = 0; i < Math.ceil(depth * blocks); i++) {
      const own = names(s + 1, i, parts.length);
      const block = { channels, kernel, stride: i === 0 ? stride : 1, widen: s === 0 ? 1 : 6, activation };
      parts.push([own.endPoint, invertedBottleneck(own, block)]);
    }
  });
  const start = convolution(STEM_CHANNELS, { ...stem, size: [3, 3], stride: 2, activation });
  parts[0][1] = sequence(start, parts[0][1]);
  const { endPoint, ...topName } = top;
  parts.push([endPoint, convolution(TOP_CHANNELS, { ...topName, size: [1, 1], activation })]);
  return blocksOf(imageSize, parts);
}

interface BlockOptions {
  channels: number;
  kernel: number;
  stride: number;
  /** by how much a 1x1 convolution widens the input first */
  widen: number;
  activation: Activation;
}

/** 1x1 convolution that widens, depthwise convolution, squeeze-and-excitation, 1x1 convolution that narrows. */
function invertedBottleneck(
  { expand, depthwise, project, squeeze }: BlockNames,
  { channels, kernel, stride, widen, activation }: BlockOptions,
): LayerBuilder {
  return (input) => {
    const wide = widen * input.channels;
    const body = sequence(
      ...(widen > 1 ? [convolution(wide, { ...expand, size: [1, 1], activation })] : []),
      depthwiseConvolution({ ...depthwise, size: [kernel, kernel], stride, activation }),
      ...(squeeze ? [squeezeExcite(squeeze, Math.floor(input.channels / 4), wide, activation)] : []),
      convolution(channels, { ...project, size: [1, 1], activation: 'linear' }),
    );
    const sameSize = stride === 1 && input.channels === channels;
    return (sameSize ? add([identity, body]) : body)(input);
  };
}

/** Each channel times a share that depends on the means of all. */
function squeezeExcite(
  { reduce, excite }: { reduce: string; excite: string },
  reduced: number,
  channels: number,
  activation: Activation,
): LayerBuilder {
  return multiplyBy(
    sequence(
      globalAveragePool,
      convolution(reduced, { name: reduce, size: [1, 1], activation }),
      convolution(channels, { name: excite, size: [1, 1], activation: 'sigmoid' }),
    ),
  );
}
