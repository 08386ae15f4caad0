import type * as tf from '@tensorflow/tfjs-core';
import type { Captioner, Weights } from '../../lib/captioners/captioner';
import type { DecodedCaption } from '../../lib/decoding/caption';
import { ONE_CAPTION, type CaptionRequest } from '../../lib/decoding/caption-request';
import { Decoder } from '../../lib/decoding/decoder';
import type { DecodingOptions } from '../../lib/decoding/options';

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

/** The same for several captions of each image, or captions with and without given words. */
export async function decodeSeveralOnce(
  captioner: Captioner,
  features: tf.Tensor3D,
  options: DecodingOptions,
  { captions = 1, constraints: { include = [], exclude = [] } = {} }: PartialRequest,
): Promise<DecodedCaption[][]> {
  const decoder = new Decoder([captioner]);
  try {
    const request = { ...ONE_CAPTION, captions, constraints: { include, exclude } };
    return await decoder.decodeSeveral([{}], [features], options, request);
  } finally {
    decoder.dispose();
  }
}

/** What is asked for; the rest is one caption of any words. */
export interface PartialRequest {
  captions?: number;
  constraints?: Partial<CaptionRequest['constraints']>;
}
