import * as tf from '@tensorflow/tfjs-core';
import type { ObjectKnowledge } from '../language/language';
import { byScore, type DecodedCaption } from './caption';

/** A probability that says nothing: an object that is there has more somewhere in the image, another one less. */
const NEUTRAL = 0.075;
/** Probabilities count as at least and at most so much: detectors overlook things, and are sure of wrong ones. */
const [LEAST, MOST] = [0.015, 0.5];

/**
 * What the features say for or against each category being in an image: the logarithm of its highest probability at any
 * region over that of a category of which nothing is known.
 * @param features [images, regions, channels]
 * @returns [images][categories], from -1.6 to 1.9
 */
export async function objectEvidence(
  features: tf.Tensor3D,
  { categories, scale }: ObjectKnowledge,
): Promise<number[][]> {
  const evidence = tf.tidy(() => {
    const [images, regions, channels] = features.shape;
    const scores = tf.slice(features, [0, 0, channels - categories], [images, regions, categories]);
    const highest = tf.div(tf.max(scores, 1), scale); // [images, categories]
    return tf.log(tf.div(tf.clipByValue(highest, LEAST, MOST), NEUTRAL)) as tf.Tensor2D;
  });
  const values = await evidence.array();
  evidence.dispose();
  return values;
}

/**
 * The captions of an image with the evidence for the objects that they name in their scores, best first; those that end come
 * before those that do not. It takes captions that name what is not there behind others of the same beam.
 * @param evidence of each category
 * @param weight of the evidence beside a log-probability
 */
export function weighObjects(
  captions: readonly DecodedCaption[],
  evidence: readonly number[],
  { named }: Pick<ObjectKnowledge, 'named'>,
  weight: number,
): DecodedCaption[] {
  const weighed = captions.map((caption) => {
    const sum = named(caption.tokens).reduce((total, category) => total + evidence[category], 0);
    return { ...caption, score: caption.score + weight * sum };
  });
  const ended = ({ tokens, logProbabilities }: DecodedCaption) => logProbabilities.length > tokens.length;
  return [...byScore(weighed.filter(ended)), ...byScore(weighed.filter((caption) => !ended(caption)))];
}
