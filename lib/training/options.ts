import { z } from 'zod';
import { scoreNamesOfCaptions } from '../metrics/registry';
import { onlyWith } from '../only-with';
import { registeredName } from '../registered-names';

/** How a captioner is trained. */
export const trainingOptions = z.strictObject({
  epochs: z.int().min(1).default(7).describe('passes over the training captions'),
  maxMinutes: z
    .number()
    .min(0)
    .default(0)
    .describe(
      'training steps end after so many minutes, the learning rate falling with the time (0: no limit)',
    ),
  batchSize: z.int().min(1).max(4096).default(64).describe('captions per step, about'),
  captionsPerImage: z
    .int()
    .min(1)
    .max(100)
    .default(1)
    .describe(
      'captions of an image that are learned side by side: it is encoded once for all of them, which is faster, ' +
        'but a step then sees fewer images, and a pass over the captions teaches less',
    ),
  learningRate: z.number().positive().default(8e-4).describe('highest learning rate'),
  encoderLearningRate: z
    .number()
    .positive()
    .default(1e-5)
    .describe('highest learning rate of the blocks of the encoder that are trained')
    .meta(onlyWith('fineTuneFrom')),
  schedule: z
    .literal(['cosine', 'plateau', 'exponential', 'constant'])
    .default('cosine')
    .describe('how the learning rate goes on after the warm-up'),
  decay: z
    .number()
    .positive()
    .max(1)
    .default(0.9)
    .describe('factor on the rate after each epoch')
    .meta(onlyWith('schedule', 'exponential')),
  plateauFactor: z
    .number()
    .positive()
    .max(1)
    .default(0.5)
    .describe('factor on the rate when it falls')
    .meta(onlyWith('schedule', 'plateau')),
  plateauPatience: z
    .int()
    .min(1)
    .default(2)
    .describe('epochs without a lower validation loss before the rate falls')
    .meta(onlyWith('schedule', 'plateau')),
  warmupSteps: z.int().min(0).default(300).describe('steps over which the learning rate rises'),
  finalLearningRateFactor: z
    .number()
    .min(0)
    .max(1)
    .default(0.02)
    .describe('share of the rate that remains at the end')
    .meta(onlyWith('schedule', 'cosine')),
  weightDecay: z.number().min(0).default(0.01).describe('decoupled weight decay of matrices'),
  clipNorm: z.number().positive().default(1).describe('global norm to which gradients are clipped'),
  labelSmoothing: z.number().min(0).lt(1).default(0.1).describe('share of the target spread over all words'),
  attentionPenalty: z
    .number()
    .min(0)
    .default(0)
    .describe('weight of the penalty on regions whose attention over a whole caption is more or less than 1'),
  scheduledSampling: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe(
      "share of the words read in training that are the captioner's own, at the end; it rises from 0",
    ),
  emaDecay: z
    .number()
    .min(0)
    .lt(1)
    .default(0.998)
    .describe(
      'decay of the exponential moving average (EMA) of the weights, which is evaluated and saved (0: none)',
    ),
  patience: z.int().min(1).default(4).describe('epochs without a better one before stopping'),
  monitor: registeredName(() => ['loss', ...scoreNamesOfCaptions()])
    .default('CIDEr')
    .describe(
      'the best epoch, whose weights are kept, has the best such score, or the lowest validation loss',
    ),
  averageCheckpoints: z
    .int()
    .min(1)
    .max(100)
    .default(1)
    .describe(
      'best epochs whose weights are averaged at the end, where that is no worse than the best (1: none)',
    ),
  scstEpochs: z
    .int()
    .min(0)
    .default(0)
    .describe('passes over the training images that optimize CIDEr, after the others (0: none)'),
  scstLearningRate: z
    .number()
    .positive()
    .default(5e-5)
    .describe('learning rate of CIDEr optimization')
    .meta(onlyWith('scstEpochs')),
  scstBatchSize: z
    .int()
    .min(1)
    .max(1024)
    .default(32)
    .describe('images per step of CIDEr optimization')
    .meta(onlyWith('scstEpochs')),
  scstEmaDecay: z
    .number()
    .min(0)
    .lt(1)
    .default(0.99)
    .describe('decay of the EMA of the weights while CIDEr is optimized (0: none)')
    .meta(onlyWith('scstEpochs')),
  scstSamples: z
    .int()
    .min(2)
    .max(100)
    .default(5)
    .describe('captions drawn for each image of such a step')
    .meta(onlyWith('scstEpochs')),
  scstTemperature: z
    .number()
    .positive()
    .default(0.5)
    .describe(
      'divides the logits while CIDEr is optimized: below 1 the captions drawn are more like those that a search ' +
        'finds, and what is learned is the choice between good ones',
    )
    .meta(onlyWith('scstEpochs')),
  scstSkipNearest: z
    .int()
    .min(0)
    .default(1)
    .describe(
      'references nearest to a caption that do not count in its reward (one always counts): what several people ' +
        'write is rewarded, what was memorized from one is not (0: all count, the reward is CIDEr)',
    )
    .meta(onlyWith('scstEpochs')),
  scstBleuWeight: z
    .number()
    .min(0)
    .default(0)
    .describe('weight of BLEU-4 (0 to 1) in the reward, beside CIDEr (0 to 10)')
    .meta(onlyWith('scstEpochs')),
  scstObjectWeight: z
    .number()
    .min(0)
    .default(0)
    .describe(
      "weight of objects in the reward: the share of the objects that people named, less 1 for each that nobody did; COCO's " +
        '80 categories by their words',
    )
    .meta(onlyWith('scstEpochs')),
  wordVectors: z
    .string()
    .default('')
    .describe('text file of GloVe or word2vec vectors that the words start from (empty: none)'),
  validationImages: z.int().min(0).default(1000).describe('validation images captioned each epoch (0: all)'),
  seed: z.int().default(1).describe('seed of weights, batches and dropout'),
});

export type TrainingOptions = z.infer<typeof trainingOptions>;
