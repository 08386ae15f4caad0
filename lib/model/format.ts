import { z } from 'zod';
import { captionerOptionsSchema } from '../captioners/registry';
import { calibrationSchema } from '../confidence/calibration';

/** The version of the folder's layout. */
export const FORMAT_VERSION = 2 as const;

const scores = z.record(z.string(), z.number());

/** The schema of `model.json`: all of a saved model but its weights. Made anew, since captioners may be registered. */
export const modelSchema = () =>
  z.object({
    format: z.literal(FORMAT_VERSION),
    captioner: captionerOptionsSchema(),
    inputs: z.object({ regions: z.int(), channels: z.int(), vocabSize: z.int() }),
    encoder: z.object({
      /** of a registered encoder */
      name: z.string(),
      endPoint: z.string(),
      /** of the encoder's weights, whatever file they are in (lib/vision/weights/read-weights.ts) */
      weightsHash: z.string(),
      /** the last of the blocks after `endPoint` that were trained with the captioner, if any; they are among its weights */
      fineTunedTo: z.string().optional(),
      /** rows and columns of the regions that the captioner attends to */
      grid: z.tuple([z.int(), z.int()]),
      /** with which the features of training were extracted */
      precision: z.enum(['float32', 'bfloat16']),
      /** why this encoder was used */
      reason: z.string(),
    }),
    tokenizer: z.object({ words: z.array(z.string()) }),
    weights: z.object({
      file: z.string(),
      sha256: z.string(),
      /** why the file was not kept, where it was not: a clause */
      dropped: z.string().optional(),
    }),
    /** the images that it was trained on, as the hashes of an `ImageSet`; older models do not say */
    trainingImages: z.object({ file: z.string(), count: z.int() }).optional(),
    /** words that its training captions have twice; others come once in a caption (`grammar`); older models do not say */
    repeatedWords: z.array(z.string()).optional(),
    /** the captioner that comes with the project: nothing is ever written to its folder */
    shipped: z.boolean().optional(),
    /** data set, options and course of the training */
    training: z.record(z.string(), z.unknown()),
    /** scores by split */
    scores: z.record(z.string(), scores),
    /** how sure it is of a caption, calibrated on validation images; older models do not say */
    confidence: calibrationSchema.optional(),
  });

export type ModelRecord = z.infer<ReturnType<typeof modelSchema>>;
