import { convolutionalEncoder } from './convolutional-encoder';
import { KerasConvolutions } from './keras-convolutions';
import {
  convolution,
  identity,
  maxPool,
  sequence,
  add,
  zeroPadding,
  type Activation,
  type LayerBuilder,
} from './layers';

/*
 * ResNet-50 (He et al., "Deep Residual Learning for Image Recognition", arXiv:1512.03385) as keras.applications
 * builds it: the stride of a stage is in its first 1x1 convolution.
 */

const TITLE = 'ResNet-50';

/** Stages conv2 to conv5: number of blocks, stride of the first, filters of the bottleneck. */
const stages = [
  { repeats: 3, stride: 1, filters: 64 },
  { repeats: 4, stride: 2, filters: 128 },
  { repeats: 6, stride: 2, filters: 256 },
  { repeats: 3, stride: 2, filters: 512 },
];

/** Means of ImageNet's blue, green and red: the normalization that Keras calls 'caffe'. */
const channelMeans = [103.939, 116.779, 123.68];

const stem = sequence(
  zeroPadding(3),
  convolution(64, {
    name: 'conv1_conv',
    norm: 'conv1_bn',
    size: [7, 7],
    stride: 2,
    padding: 'valid',
    activation: 'relu',
  }),
  zeroPadding(1),
  maxPool(3, 2),
);

/** ResNet-50 with the end points 'conv2_block1_out' to 'conv5_block3_out' (7x7x2048). */
export const resNet50 = convolutionalEncoder({
  name: 'resnet-50',
  title: TITLE,
  input: { height: 224, width: 224 },
  normalization: { mean: channelMeans, channelOrder: 'bgr' },
  // Address and hash as in keras/src/applications/resnet.py, without the classifier.
  weights: {
    file: 'resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5',
    source: {
      url: 'https://storage.googleapis.com/tensorflow/keras-applications/resnet/resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5',
      md5: '4d473c1dd8becc155b73f8504c6f6626',
    },
  },
  blocks: stages.flatMap(({ repeats, stride, filters }, s) =>
    Array.from({ length: repeats }, (_, i): [string, LayerBuilder] => {
      const block = `conv${s + 2}_block${i + 1}`;
      const bottleneckBlock = bottleneck(block, filters, i === 0 ? stride : 1, i === 0);
      return [`${block}_out`, s === 0 && i === 0 ? sequence(stem, bottleneckBlock) : bottleneckBlock];
    }),
  ),
  reader: (arrays, source) => new KerasConvolutions(arrays, { source, title: TITLE, epsilon: 1.001e-5 }),
});

/** 1x1, 3x3 and 1x1 convolution, added to the input or to a projection of it. */
function bottleneck(block: string, filters: number, stride: number, projects: boolean): LayerBuilder {
  const conv = (number: number, outputs: number, side: number, activation: Activation, step = 1) =>
    convolution(outputs, {
      name: `${block}_${number}_conv`,
      norm: `${block}_${number}_bn`,
      size: [side, side],
      stride: step,
      activation,
    });
  const shortcut = projects ? conv(0, 4 * filters, 1, 'linear', stride) : identity;
  const body = sequence(
    conv(1, filters, 1, 'relu', stride),
    conv(2, filters, 3, 'relu'),
    conv(3, 4 * filters, 1, 'linear'),
  );
  return add([shortcut, body], 'relu');
}
