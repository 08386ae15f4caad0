import { UserError } from '../../errors';
import { convolutionalEncoder } from './convolutional-encoder';
import { efficientNetBlocks } from './efficientnet';
import { KerasConvolutions } from './keras-convolutions';
import type { WeightArrays } from './weight-arrays';

/*
 * EfficientNet-B1 as keras.applications builds it with ImageNet's weights: B0 with 1.1 times as many blocks.
 */

const TITLE = 'EfficientNet-B1';

/** ImageNet's standard deviations of red, green and blue, over values from 0 to 1. */
const deviations = [0.229, 0.224, 0.225];

/**
 * EfficientNet-B1 with the end points 'block1a' to 'block7b' (outputs of the blocks) and 'top_activation' (8x8x1280).
 */
export const efficientNetB1 = convolutionalEncoder({
  name: 'efficientnet-b1',
  title: TITLE,
  input: { height: 240, width: 240 },
  normalization(arrays, source) {
    const [mean, variance] = ['mean', 'variance'].map((part) => channelValues(arrays, part, source));
    // The file has ImageNet's deviations where its layer takes the square root of variances; Keras makes up for it by
    // another division by their roots (github.com/tensorflow/tensorflow/issues/49930).
    const std = variance.map((value, i) => Math.sqrt(value * deviations[i]));
    return { divisor: 255, mean, std };
  },
  testArrays: { 'normalization/mean': [3], 'normalization/variance': [3] },
  // Address and hash as in keras/src/applications/efficientnet.py, without the classifier.
  weights: {
    file: 'efficientnetb1_notop.h5',
    source: {
      url: 'https://storage.googleapis.com/keras-applications/efficientnetb1_notop.h5',
      md5: '74c4e6b3e1f6a1eea24c589628592432',
    },
  },
  blocks: efficientNetBlocks({
    depth: 1.1,
    activation: 'swish',
    stem: { name: 'stem_conv', norm: 'stem_bn' },
    top: { endPoint: 'top_activation', name: 'top_conv', norm: 'top_bn' },
    names: (stage, position) => {
      const block = `block${stage}${'abcde'[position]}`;
      return {
        endPoint: block,
        expand: { name: `${block}_expand_conv`, norm: `${block}_expand_bn` },
        depthwise: { name: `${block}_dwconv`, norm: `${block}_bn` },
        project: { name: `${block}_project_conv`, norm: `${block}_project_bn` },
        squeeze: { reduce: `${block}_se_reduce`, excite: `${block}_se_expand` },
      };
    },
  }),
  reader: (arrays, source) => new KerasConvolutions(arrays, { source, title: TITLE, epsilon: 1e-3 }),
});

/** Three numbers of the layer that normalizes the pixels. */
function channelValues(arrays: WeightArrays, part: string, source: string): number[] {
  // Keras counts the layers of one kind in a session: normalization_1 in a second model.
  const name = [...arrays.keys()].find(
    (one) => /^normalization(_\d+)?\/./.test(one) && one.endsWith(`/${part}`),
  );
  const array = arrays.get(name ?? '');
  if (array?.values.length !== 3) {
    throw new UserError(
      `${source}: normalization/${part} is ${array?.shape.join('x') ?? 'missing'}, not 3 values: it is not a weights file of ${TITLE}, use the one of keras.applications.`,
    );
  }
  return [...array.values];
}
