import * as tf from '@tensorflow/tfjs-core';
import type { Captioner, Weights } from '../captioners/captioner';
import { END, START } from '../tokenizer';
import { compile, type CompileOptions } from '../native/graph/compile';
import type { Compiled } from '../ops/compiled';
import { sampleCategorical } from '../ops/sample-categorical';

type SamplerInputs = { weights: Weights; features: tf.Tensor3D; seed: tf.Tensor1D };

/**
 * Captions sampled token by token from a captioner's own probabilities, several for each image at once, all tokens in
 * one graph. Tokens that are far less likely than the likeliest are not sampled (min-p sampling: Nguyen et al. 2024).
 * Label smoothing leaves each step a share of tokens that make no sense: sampled, they would teach a captioner to be
 * brief.
 */
export class CaptionSampler {
  private readonly draw: Compiled<SamplerInputs, tf.Tensor2D>;

  /**
   * @param samples captions of each image
   * @param maxLength tokens of a caption at most
   */
  constructor(
    captioner: Captioner,
    private readonly options: { samples: number; maxLength: number; precision?: CompileOptions['precision'] },
  ) {
    this.draw = compile((inputs: SamplerInputs) => drawTokens(captioner, inputs, options), {
      name: 'the sampler of captions',
      precision: options.precision,
    });
  }

  /**
   * @param features [images, regions, channels]
   * @param seed the same pair of integers samples the same captions
   * @returns the captions of the first image, then those of the second and so on: tokens, END last where it was
   *   reached within `maxLength` tokens
   */
  async sample(weights: Weights, features: tf.Tensor3D, seed: [number, number]): Promise<number[][]> {
    const seeds = tf.tensor1d(seed, 'int32');
    const drawn = this.draw({ weights, features, seed: seeds });
    const ids = await drawn.data<'int32'>();
    tf.dispose([seeds, drawn]);
    const steps = this.options.maxLength + 1;
    return Array.from({ length: ids.length / steps }, (_, i) => {
      const tokens = [...ids.subarray(i * steps, (i + 1) * steps)];
      const end = tokens.indexOf(END);
      return end < 0 ? tokens.slice(0, this.options.maxLength) : tokens.slice(0, end + 1);
    });
  }

  dispose(): void {
    this.draw.dispose();
  }
}

/** Tokens of `samples` captions of each image, also behind their ends: int32 [images * samples, maxLength + 1]. */
function drawTokens(
  captioner: Captioner,
  { weights, features, seed }: SamplerInputs,
  { samples, maxLength }: { samples: number; maxLength: number },
): tf.Tensor2D {
  const images = features.shape[0];
  let state = captioner.initialState(weights, features, samples);
  let tokens = tf.fill([images, samples], START, 'int32') as tf.Tensor2D;
  const drawn: tf.Tensor[] = [];
  for (let step = 0; step <= maxLength; step++) {
    const next = captioner.step(weights, state, tokens);
    tokens = sampleCategorical(withoutTail(next.logits), seed, step) as tf.Tensor2D;
    state = next.state;
    drawn.push(tokens);
  }
  return tf.reshape(tf.stack(drawn, 2), [images * samples, maxLength + 1]);
}

/** Tokens less likely than this share of the likeliest are not sampled. */
const MIN_P = 0.02;

function withoutTail(logits: tf.Tensor): tf.Tensor {
  const least = tf.add(tf.max(logits, -1, true), Math.log(MIN_P));
  return tf.where(tf.greaterEqual(logits, least), logits, tf.fill(logits.shape, -1e9));
}
