import * as tf from '@tensorflow/tfjs-core';
import type { Captioner } from '../captioners/captioner';
import { END, START } from '../data/tokenizer';
import { compile, type CompileOptions } from '../native/graph/compile';
import type { Compiled } from '../ops/compiled';
import { drawFrom } from '../ops/gumbel';
import { named } from './step';

/**
 * Captions drawn word by word from a captioner's own probabilities, several for each image at once, all words in one
 * graph. Words that are far less likely than the likeliest are not drawn (min-p sampling: Nguyen et al. 2024). Label
 * smoothing leaves each step a share of words that make no sense: drawn, they would teach a captioner to be brief.
 */
export class CaptionSampler {
  private readonly draw: Compiled;

  /**
   * @param samples captions of each image
   * @param maxLength words of a caption at most
   */
  constructor(
    captioner: Captioner,
    private readonly options: { samples: number; maxLength: number; precision?: CompileOptions['precision'] },
  ) {
    const count = Object.keys(captioner.specs).length;
    this.draw = compile(
      (...tensors) => {
        const [features, seed] = tensors.slice(count) as [tf.Tensor3D, tf.Tensor1D];
        return [drawWords(captioner, named(captioner, tensors.slice(0, count)), features, seed, options)];
      },
      { name: 'the sampler of captions', precision: options.precision },
    );
  }

  /**
   * @param weights in the order of the captioner's names
   * @param features [images, regions, channels]
   * @param seed the same pair of whole numbers draws the same captions
   * @returns the captions of the first image, then those of the second and so on: ids of words, END last where it
   *   was reached within `maxLength` words
   */
  async sample(
    weights: readonly tf.Tensor[],
    features: tf.Tensor3D,
    seed: [number, number],
  ): Promise<number[][]> {
    const seeds = tf.tensor1d(seed, 'int32');
    const [drawn] = this.draw([...weights, features, seeds]);
    const ids = (await drawn.data()) as Int32Array;
    tf.dispose([seeds, drawn]);
    const steps = this.options.maxLength + 1;
    return Array.from({ length: ids.length / steps }, (_, i) => {
      const words = [...ids.subarray(i * steps, (i + 1) * steps)];
      const end = words.indexOf(END);
      return end < 0 ? words.slice(0, this.options.maxLength) : words.slice(0, end + 1);
    });
  }

  dispose(): void {
    this.draw.dispose();
  }
}

/** Words of `samples` captions of each image, also behind their ends: int32 [images * samples, maxLength + 1]. */
function drawWords(
  captioner: Captioner,
  weights: Record<string, tf.Tensor>,
  features: tf.Tensor3D,
  seed: tf.Tensor1D,
  { samples, maxLength }: { samples: number; maxLength: number },
): tf.Tensor {
  const images = features.shape[0];
  let state = captioner.start(weights, features, samples);
  let words = tf.fill([images, samples], START, 'int32') as tf.Tensor2D;
  const drawn: tf.Tensor[] = [];
  for (let step = 0; step <= maxLength; step++) {
    const next = captioner.step(weights, state, words);
    words = drawFrom(withoutTail(next.logits), seed, step) as tf.Tensor2D;
    state = next.state;
    drawn.push(words);
  }
  return tf.reshape(tf.stack(drawn, 2), [images * samples, maxLength + 1]);
}

/** Words less likely than this share of the likeliest are not drawn. */
const leastShare = 0.02;

function withoutTail(logits: tf.Tensor): tf.Tensor {
  const least = tf.add(tf.max(logits, -1, true), Math.log(leastShare));
  return tf.where(tf.greaterEqual(logits, least), logits, tf.fill(logits.shape, -1e9));
}
