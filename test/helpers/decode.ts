import type * as tf from '@tensorflow/tfjs-core';
import type { Captioner, Weights } from '../../lib/captioners/captioner';
import type { DecodingOptions } from '../../lib/decoding/options';
import type { DecodedCaption } from '../../lib/decoding/caption';
import { Decoder } from '../../lib/decoding/decoder';

/** Captions by one captioner, with a decoder made for this call. */
export async function decodeOnce(
  captioner: Captioner,
  weights: Weights,
  features: tf.Tensor3D,
  options: DecodingOptions,
  firstImage = 0,
): Promise<DecodedCaption[]> {
  const decoder = new Decoder([captioner]);
  try {
    return await decoder.decode([weights], [features], options, firstImage);
  } finally {
    decoder.dispose();
  }
}
