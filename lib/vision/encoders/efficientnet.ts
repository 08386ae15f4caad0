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
 * arXiv:1905.11946), which are B0 with more channels and blocks: inverted bottlenecks (Sandler et al. 2018), with
 * squeeze-and-excitation (Hu et al. 2018) or, in the Lite ones, without.
 */

/** Stages of B0: number of blocks, size of their depthwise kernels, stride of the first, channels. */
const stages = [
  { repeats: 1, kernel: 3, stride: 1, channels: 16 },
  { repeats: 2, kernel: 3, stride: 2, channels: 24 },
  { repeats: 2, kernel: 5, stride: 2, channels: 40 },
  { repeats: 3, kernel: 3, stride: 2, channels: 80 },
  { repeats: 3, kernel: 5, stride: 1, channels: 112 },
  { repeats: 4, kernel: 5, stride: 2, channels: 192 },
  { repeats: 1, kernel: 3, stride: 1, channels: 320 },
];
const STEM_CHANNELS = 32;
const TOP_CHANNELS = 1280;

/** A layer and its batch normalization in the weights file. */
export interface LayerName {
  name: string;
  norm: string;
}

/** Names of the layers of a block in the weights file. */
export interface BlockNames {
  endPoint: string;
  expand: LayerName;
  depthwise: LayerName;
  project: LayerName;
  /** the two layers of squeeze-and-excitation, where the network has it */
  squeeze?: { reduce: string; excite: string };
}

export interface Variant {
  /** factor on the channels, which become multiples of 8 (default: 1) */
  width?: number;
  /** factor on the number of blocks of each stage, rounded up */
  depth: number;
  /** keep the number of blocks of the first and the last stage, and the channels of stem and top (default: scale them too) */
  fixedEnds?: boolean;
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

/** The blocks of an EfficientNet with their end points. The stem belongs to the first; the last is the 1x1 convolution at the top. */
export function efficientNetBlocks({
  width = 1,
  depth,
  fixedEnds = false,
  activation,
  stem,
  top,
  names,
}: Variant): [string, LayerBuilder][] {
  const blocks: [string, LayerBuilder][] = [];
  stages.forEach(({ repeats, kernel, stride, channels }, s) => {
    const isEnd = s === 0 || s === stages.length - 1;
    const count = fixedEnds && isEnd ? repeats : Math.ceil(depth * repeats);
    for (let i = 0; i < count; i++) {
      const layers = names(s + 1, i, blocks.length);
      const block = {
        channels: scaled(channels, width),
        kernel,
        stride: i === 0 ? stride : 1,
        expansion: s === 0 ? 1 : 6,
        activation,
      };
      blocks.push([layers.endPoint, invertedBottleneck(layers, block)]);
    }
  });
  const endWidth = fixedEnds ? 1 : width;
  const start = convolution(scaled(STEM_CHANNELS, endWidth), {
    ...stem,
    size: [3, 3],
    stride: 2,
    activation,
  });
  blocks[0][1] = sequence(start, blocks[0][1]);
  const { endPoint, ...topName } = top;
  blocks.push([
    endPoint,
    convolution(scaled(TOP_CHANNELS, endWidth), { ...topName, size: [1, 1], activation }),
  ]);
  return blocks;
}

/** Channels times a factor, rounded as in the authors' code: to the nearest multiple of 8, but by a tenth at most downwards. */
function scaled(channels: number, width: number): number {
  const rounded = Math.max(8, Math.floor((channels * width + 4) / 8) * 8);
  return rounded < 0.9 * channels * width ? rounded + 8 : rounded;
}

interface BlockOptions {
  channels: number;
  kernel: number;
  stride: number;
  /** factor by which a 1x1 convolution widens the input first */
  expansion: number;
  activation: Activation;
}

/** 1x1 convolution that widens, depthwise convolution, squeeze-and-excitation, 1x1 convolution that narrows. */
function invertedBottleneck(
  { expand, depthwise, project, squeeze }: BlockNames,
  { channels, kernel, stride, expansion, activation }: BlockOptions,
): LayerBuilder {
  return (input) => {
    const wide = expansion * input.channels;
    const body = sequence(
      ...(expansion > 1 ? [convolution(wide, { ...expand, size: [1, 1], activation })] : []),
      depthwiseConvolution({ ...depthwise, size: [kernel, kernel], stride, activation }),
      ...(squeeze ? [squeezeExcite(squeeze, Math.floor(input.channels / 4), wide, activation)] : []),
      convolution(channels, { ...project, size: [1, 1], activation: 'linear' }),
    );
    const sameSize = stride === 1 && input.channels === channels;
    return (sameSize ? add([identity, body]) : body)(input);
  };
}

/** Each channel times a gate from 0 to 1 that depends on the means of all. */
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
