import * as tf from '@tensorflow/tfjs-core';
import type { Captioner, Weights } from '../lib/captioners/captioner';
import { ONE_CAPTION, type CaptionRequest } from '../lib/decoding/caption-request';
import { decodingOptions, type DecodingOptions } from '../lib/decoding/options';
import { Decoder } from '../lib/decoding/decoder';
import { timed } from './race';
import type { Contender } from './row';

/** How features are captioned. */
export interface Decoding {
  /** images that are captioned as one batch */
  together: number;
  name?: string;
  /** besides a beam of 3 */
  options: Partial<DecodingOptions>;
  request?: CaptionRequest;
}

/** The project's own beam search over features of many images. */
export class OurDecoding implements Contender {
  readonly name: string;
  private readonly request: CaptionRequest;
  private readonly decoder: Decoder;
  private readonly batches: tf.Tensor3D[];
  private readonly options: DecodingOptions;

  constructor(
    captioner: Captioner,
    private readonly weights: Weights,
    features: tf.Tensor3D,
    { together, name = 'this project', options, request = ONE_CAPTION }: Decoding,
  ) {
    this.name = name;
    this.request = request;
    this.decoder = new Decoder([captioner]);
    this.options = decodingOptions.parse({ beamWidth: 3, noRepeatNgram: 0, ...options });
    const firsts = Array.from({ length: Math.ceil(features.shape[0] / together) }, (_, i) => i * together);
    this.batches = firsts.map((first) =>
      tf.slice(features, first, Math.min(together, features.shape[0] - first)),
    );
  }

  /** The scores of the first batch's captions. */
  async check(): Promise<number[]> {
    const captions = await this.decoder.decode([this.weights], [this.batches[0]], this.options);
    return captions.map(({ score }) => score);
  }

  round(): Promise<number> {
    return timed(async () => {
      for (const features of this.batches)
        await this.decoder.decodeSeveral([this.weights], [features], this.options, this.request);
    });
  }

  close(): void {
    this.decoder.dispose();
    tf.dispose(this.batches);
  }
}
