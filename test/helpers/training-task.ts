import * as tf from '@tensorflow/tfjs-core';
import { decodingOptions } from '../../lib/decoding/options';
import { trainingOptions, type TrainingOptions } from '../../lib/training/options';
import { END, START } from '../../lib/tokenizer';
import type { Example } from '../../lib/training/batches';
import type { FeatureSource } from '../../lib/vision/features/source';
import type { TrainingTask } from '../../lib/training/task';
import { bigramCaptioner } from './bigram-captioner';

/** What is written under pictures of two kinds: ids of words, beginning with another word each. */
const sentences: Record<string, number[]> = { sun: [4, 5, 6, 7], moon: [8, 9, 10, 11] };
export const VOCABULARY_SIZE = 12;
const REGIONS = 2;
const CHANNELS = 3;

const kindOf = (image: string) => image.split(' ')[0];

/** Features that say which kind a picture is: all 1 or all -1, times `scale`. */
export function kindFeatures(scale = 1): FeatureSource {
  return {
    regions: REGIONS,
    channels: CHANNELS,
    read(images) {
      const values = images.flatMap((image) =>
        new Array<number>(REGIONS * CHANNELS).fill(kindOf(image) === 'sun' ? scale : -scale),
      );
      return Promise.resolve(tf.tensor3d(values, [images.length, REGIONS, CHANNELS]));
    },
  };
}

function images(split: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${i % 2 === 0 ? 'sun' : 'moon'} ${split} ${i}`);
}

const exampleOf = (image: string): Example => ({ image, tokens: [START, ...sentences[kindOf(image)], END] });

const decode = (ids: Iterable<number>) => Array.from(ids, (id) => `w${id}`).join(' ');

/** A training that takes a moment: 24 pictures in batches of 8, and 4 pictures to validate. */
export function tinyTask(
  folder: string,
  options: Partial<TrainingOptions> = {},
  changes: Partial<TrainingTask> = {},
): TrainingTask {
  const validation = images('validation', 4);
  return {
    captioner: bigramCaptioner(VOCABULARY_SIZE),
    tokenizer: { decode },
    vocabSize: VOCABULARY_SIZE,
    options: trainingOptions.parse({
      epochs: 3,
      batchSize: 8,
      captionsPerImage: 1,
      learningRate: 0.05,
      warmupSteps: 2,
      emaDecay: 0.9,
      ...options,
    }),
    dropout: 0,
    precision: 'float32',
    features: kindFeatures(),
    train: images('train', 24).map(exampleOf),
    trainReferences: Object.fromEntries(
      images('train', 24).map((image) => [image, [decode(sentences[kindOf(image)])]]),
    ),
    validation: validation.map(exampleOf),
    references: Object.fromEntries(validation.map((image) => [image, [decode(sentences[kindOf(image)])]])),
    decoding: decodingOptions.parse({ beamWidth: 2, maxLength: 6 }),
    folder,
    fingerprint: 'one',
    ...changes,
  };
}
