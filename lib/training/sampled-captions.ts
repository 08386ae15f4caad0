import * as tf from '@tensorflow/tfjs-core';
import type { Captioner, Weights } from '../captioners/captioner';
import { END, START } from '../data/tokenizer';
import { neverGenerated } from '../decoding/caption';
import { forbid } from '../decoding/forbid';
import { Stepper } from '../decoding/stepper';
import { kernels } from '../ops/kernels';

/**
 * Captions drawn word by word from a captioner's own probabilities, several for each image at once. The draw is
 * an argmax of log-probabilities with Gumbel noise (Gumbel 1954), so that only the chosen words leave TensorFlow.
 *
 * @param features [images, regions, channels]
 * @param samples captions of each image
 * @param seed int32 [2]
 * @returns the captions of the first image, then those of the second and so on: ids of words, END last where it
 *   was reached within `maxLength` words
 */
export async function drawCaptions(
  captioner: Captioner,
  weights: Weights,
  features: tf.Tensor3D,
  { samples, maxLength, seed }: { samples: number; maxLength: number; seed: tf.Tensor1D },
): Promise<number[][]> {
  const stepper = new Stepper(captioner, weights, features, samples);
  const captions = Array.from({ length: stepper.images * samples }, (): number[] => []);
  const ended = (caption: number[]) => caption.at(-1) === END;
  try {
    for (let step = 0; step <= maxLength && !captions.every(ended); step++) {
      const last = captions.map((caption) => (caption.length > 0 ? caption[caption.length - 1] : START));
      const { values } = await stepper.read(last, (p) => [drawWords(p, seed, step)]);
      captions.forEach((caption, i) => {
        if (!ended(caption) && (step < maxLength || values[0][i] === END)) caption.push(values[0][i]);
      });
    }
  } finally {
    stepper.dispose();
  }
  return captions;
}

/** `[images, samples, words] -> int32 [images, samples]` */
function drawWords(logProbabilities: tf.Tensor3D, seed: tf.Tensor1D, step: number): tf.Tensor {
  const allowed = forbid(logProbabilities, step === 0 ? [...neverGenerated, END] : neverGenerated);
  const uniform = tf.clipByValue(kernels().uniform(logProbabilities.shape, seed, step), 1e-7, 1 - 1e-7);
  const gumbel = tf.neg(tf.log(tf.neg(tf.log(uniform))));
  return tf.argMax(tf.add(allowed, gumbel), -1);
}
