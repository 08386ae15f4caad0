import * as tf from '@tensorflow/tfjs-core';
import { makeEncoder, type Encoder } from '../lib/vision/encoders/encoder';
import { inceptionV3 } from '../lib/vision/encoders/inception-v3';
import type { WeightArray } from '../lib/vision/encoders/weight-arrays';
import { Random } from '../lib/random';

/** InceptionV3 with random weights, which take as long as others; the peers get the same. */
export function randomInception(): { encoder: Encoder; arrays: Map<string, WeightArray> } {
  const arrays = new Map<string, WeightArray>();
  for (const { name, kernel, filters } of inceptionV3.blocks.flatMap(({ layer }) => layer.convolutions)) {
    const random = new Random(1, name);
    const deviation = Math.sqrt(2 / (kernel[0] * kernel[1] * kernel[2])); // He et al. 2015: values keep their size
    const values = Float32Array.from(
      { length: tf.util.sizeFromShape(kernel) },
      () => deviation * random.normal(),
    );
    arrays.set(`${name}/kernel`, { shape: kernel, values });
    arrays.set(`${name}/bias`, { shape: [filters], values: new Float32Array(filters).fill(0.01) });
  }
  const from = { arrays, weightsHash: 'random', source: 'random weights' };
  return { encoder: makeEncoder(inceptionV3, from, ''), arrays };
}
