import { z } from 'zod';
import { datasetNames } from './datasets/registry';
import { onlyWith } from '../only-with';
import { registeredName } from '../registered-names';

/** Which data set, and how its captions become numbers. */
export const dataOptions = z.strictObject({
  dataset: registeredName(datasetNames)
    .default('scenes')
    .describe('data set; "scenes" is drawn by this project'),
  dataDir: z.string().default('data/scenes').describe('folder of the data set'),
  splits: z
    .literal(['auto', 'official', 'random'])
    .default('auto')
    .describe('official lists where the data set has them, or a seeded 90-10 split by image'),
  minWords: z.int().min(1).default(1).describe('shortest caption kept, in words'),
  maxWords: z.int().min(1).max(1000).default(25).describe('longest caption kept for training, in words'),
  minFrequency: z.int().min(1).default(4).describe('a rarer word becomes the out-of-vocabulary token'),
  maxVocabSize: z.int().min(5).max(1_000_000).default(10_000).describe('size of the vocabulary at most'),
  limit: z.int().min(0).default(0).describe('use only so many images (0: all)'),
  augment: z
    .literal(['none', 'flip', 'full'])
    .default('none')
    .describe(
      'what training sees beside each image: nothing, its mirror image, or random crops, some mirrored, in other ' +
        'colors; a caption that mentions left or right never meets a mirrored image',
    ),
  augmentations: z
    .int()
    .min(2)
    .max(1000)
    .default(2)
    .describe('variants of each training image, itself included; each epoch sees another')
    .meta(onlyWith('augment', 'full')),
  oversample: z
    .string()
    .default('')
    .describe('folders of images that training sees several times an epoch, such as coco=3 (empty: none)'),
  seed: z.int().default(1).describe('seed of splits, drawn scenes and augmentation'),
});

export type DataOptions = z.infer<typeof dataOptions>;
