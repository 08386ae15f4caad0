import type * as tf from '@tensorflow/tfjs-core';
import type { Captioner, Weights } from '../captioners/captioner';
import type { DecodingOptions } from '../config/options';
import { beamSearch } from './beam-search';
import type { DecodedCaption } from './caption';
import { sampleCaptions } from './sample';
import { Stepper } from './stepper';

/**
 * Captions for images, by the method that the options name.
 * @param features [images, regions, channels]
 * @param firstImage number of the first image in a longer list, so that sampling does not depend on batches
 */
export async function decodeCaptions(
  captioner: Captioner,
  weights: Weights,
  features: tf.Tensor3D,
  options: DecodingOptions,
  firstImage = 0,
): Promise<DecodedCaption[]> {
  const beams = options.method === 'beam' ? options.beamWidth : 1;
  const stepper = new Stepper(captioner, weights, features, beams);
  try {
    return options.method === 'beam'
      ? await beamSearch(stepper, options)
      : await sampleCaptions(stepper, options, firstImage);
  } finally {
    stepper.dispose();
  }
}
