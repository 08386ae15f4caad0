import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../../errors';
import type { EncoderDefinition } from './definition';
import { efficientNetBlocks } from './efficientnet';
import { KerasConvolutions } from './keras-convolutions';
import { encoderTitles } from './names';
import type { WeightArrays } from './weight-arrays';

/*
 * EfficientNet-B1 as keras.applications builds it with ImageNet's weights: B0 with 1.1 times as many blocks.
 */

const NAME = 'efficientnet-b1';
const IMAGE_SIZE = 240;

/** ImageNet's standard deviations of red, green and blue, over values from 0 to 1. */
const deviations = [0.229, 0.224, 0.225];

/**
 * EfficientNet-B1 with the end points 'block1a' to 'block7b' (what a block hands on) and 'top_activation' (8x8x1280).
 */
export const efficientNetB1: EncoderDefinition = {
  name: NAME,
  imageSize: IMAGE_SIZE,
  blocks: efficientNetBlocks({
    imageSize: IMAGE_SIZE,
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
  reader: (arrays, source) =>
    new KerasConvolutions(arrays, { source, title: encoderTitles[NAME], epsilon: 1e-3 }),
  preprocess(arrays, source) {
    const [mean, variance] = ['mean', 'variance'].map((part) => channelValues(arrays, part, source));
    // The file says ImageNet's deviations where its layer takes the square root of variances; Keras makes up for
    // it by another division by their roots (github.com/tensorflow/tensorflow/issues/49930).
    const scale = variance.map((value, i) => 1 / Math.sqrt(value * deviations[i]));
    return (pixels) => tf.tidy(() => tf.mul(tf.sub<tf.Tensor4D>(tf.div(pixels, 255), mean), scale));
  },
};

/** Three numbers of the layer that normalizes the pixels. */
function channelValues(arrays: WeightArrays, part: string, source: string): number[] {
  const array = arrays.get(`normalization/${part}`);
  if (array?.values.length !== 3) {
    throw new UserError(
      `${source}: normalization/${part} is ${array?.shape.join('x') ?? 'missing'}, not 3 values: it is not a weights file of ${encoderTitles[NAME]}, use the one of keras.applications.`,
    );
  }
  return [...array.values];
}
