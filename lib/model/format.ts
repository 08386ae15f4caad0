import { z } from 'zod';
import { anyCaptionerOptions } from '../config/captioner-options';
import { encoderNames } from '../vision/encoders/names';

/** The version of the folder's layout. */
export const FORMAT_VERSION = 2 as const;

const scores = z.record(z.string(), z.number());

/** `model.json`: all of a saved model but its weights. */
export const modelSchema = z.object({
  format: z.literal(FORMAT_VERSION),
  captioner: anyCaptionerOptions,
  inputs: z.object({ regions: z.int(), channels: z.int(), vocabSize: z.int() }),
  encoder: z.object({
    name: z.enum(encoderNames),
    endPoint: z.string(),
    weightsHash: z.string(),
    /** where blocks behind `endPoint` were trained with the captioner: the last of them; they are among its weights */
    fineTunedTo: z.string().optional(),
    /** of what the captioner looks at */
    grid: z.tuple([z.int(), z.int()]),
    /** why this encoder was used */
    reason: z.string(),
  }),
  tokenizer: z.object({ words: z.array(z.string()) }),
  weights: z.object({ file: z.string(), sha256: z.string() }),
  /** data set, options and course of the training */
  training: z.record(z.string(), z.unknown()),
  /** scores by split */
  scores: z.record(z.string(), scores),
});

export type ModelRecord = z.infer<typeof modelSchema>;
