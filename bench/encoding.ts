import * as tf from '@tensorflow/tfjs-core';
import type { Encoder } from '../lib/vision/encoders/encoder';
import { compile } from '../lib/native/graph/compile';
import type { Compiled } from '../lib/ops/compiled';
import { timed } from './race';
import type { Contender } from './row';
import type { Precision } from './training';

/** An encoder's network as a graph, as the project runs it. */
export function compiledEncoder(encoder: Encoder, precision: Precision): Compiled<tf.Tensor4D, tf.Tensor3D> {
  return compile((pixels: tf.Tensor4D) => encoder.forward(pixels), {
    precision: precision === 'bfloat16' ? 'bfloat16-network' : 'float32',
    name: 'the encoder',
  });
}

/** An encoder alone, on the same decoded pixels in each batch. */
export class EncoderAlone implements Contender {
  /** @param batches in a round */
  constructor(
    readonly name: string,
    private readonly network: Compiled<tf.Tensor4D, tf.Tensor3D>,
    private readonly pixels: tf.Tensor4D,
    private readonly batches = 1,
  ) {}

  round(): Promise<number> {
    return timed(async () => {
      for (let i = 0; i < this.batches; i++) await this.features();
    });
  }

  /** [batch * regions * channels] */
  async features(): Promise<Float32Array> {
    const features = this.network(this.pixels);
    const values = await features.data<'float32'>();
    features.dispose();
    return values;
  }
}
