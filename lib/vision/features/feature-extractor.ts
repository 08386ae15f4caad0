import type * as tf from '@tensorflow/tfjs-core';
import { compile } from '../../native/graph/compile';
import type { Compiled } from '../../ops/compiled';
import { kernels } from '../../ops/kernels';
import type { Encoder } from '../encoders/encoder';
import type { Augmentation } from '../images/augment';
import { decodeImage, DECODING_VERSION } from '../images/decode';

/** How an encoder multiplies. */
export type FeaturePrecision = 'float32' | 'bfloat16';

/**
 * The one way from an image to its features, for training, evaluation and `generateCaption`: decode, preprocess, run
 * the encoder as a graph in the given precision, round to float16 (as the cache holds them).
 *
 * It has at most two graphs: one for a single image and one for a whole batch. Batches that are not full, and the first
 * full one, run image by image, which takes twice the time per image but less than another graph does (0.3 to 3 s).
 * On processors with AVX-512 TensorFlow gives the same bits either way; elsewhere the last ones may differ.
 */
export class FeatureExtractor {
  private readonly network: Compiled<tf.Tensor4D, tf.Tensor3D>;
  private fullBatches = 0;

  /**
   * @param encoder stays the caller's, who disposes it after the extractor
   * @param batchSize images of a whole batch
   */
  constructor(
    readonly encoder: Encoder,
    readonly precision: FeaturePrecision,
    readonly batchSize: number,
  ) {
    this.network = compile((images: tf.Tensor4D) => encoder.forward(images), {
      precision: precision === 'bfloat16' ? 'bfloat16-network' : 'float32',
      name: `the encoder ${encoder.name}`,
    });
  }

  /** Names these features: it differs where another encoder, other weights, decoding or precision give others. */
  get key(): string {
    const { name, endPoint, weightsHash } = this.encoder;
    const parts = [name, endPoint, weightsHash.slice(0, 12), `v${DECODING_VERSION}`];
    return [...parts, ...(this.precision === 'float32' ? [] : [this.precision])].join('-');
  }

  /**
   * An image as the encoder takes it: [height, width, 3], values 0 to 255. Decoding runs on other threads.
   * @param name what error messages call it
   * @throws ImageError when it cannot be decoded
   */
  decode(source: string | Buffer, name?: string, augmentation?: Augmentation): Promise<Uint8Array> {
    return decodeImage(source, this.encoder.input, name, augmentation);
  }

  /**
   * Features of decoded images.
   * @returns as float16 [images, regions * channels]
   */
  extract(images: readonly Uint8Array[]): Uint16Array[] {
    const isFull = images.length === this.batchSize;
    if (isFull && this.fullBatches++ > 0) return this.run(images);
    return images.flatMap((image) => this.run([image]));
  }

  /**
   * Features of decoded images as a tensor.
   * @returns [images, regions, channels]; the caller disposes it
   */
  tensorOf(images: readonly Uint8Array[]): tf.Tensor3D {
    const { regions, channels } = this.encoder;
    const length = regions * channels;
    const values = new Uint16Array(images.length * length);
    this.extract(images).forEach((features, i) => values.set(features, i * length));
    return kernels().fromFloat16(values, [images.length, regions, channels]) as tf.Tensor3D;
  }

  /** Frees the graphs. */
  dispose(): void {
    this.network.dispose();
  }

  private run(images: readonly Uint8Array[]): Uint16Array[] {
    const { height, width } = this.encoder.input;
    const pixels = new Uint8Array(images.length * height * width * 3);
    images.forEach((image, i) => pixels.set(image, i * image.length));
    const input = kernels().fromBytes(pixels, [images.length, height, width, 3]) as tf.Tensor4D;
    const features = this.network(input); // [images, regions, channels]
    const values = kernels().toFloat16(features);
    input.dispose();
    features.dispose();
    const length = values.length / images.length;
    return images.map((_, i) => values.subarray(i * length, (i + 1) * length));
  }
}
