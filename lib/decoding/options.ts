import { z } from 'zod';
import { onlyWith } from '../only-with';

/** How the words of a caption are chosen. */
export const decodingOptions = z.strictObject({
  method: z.enum(['beam', 'greedy', 'sample']).default('beam').describe('how words are chosen'),
  beamWidth: z
    .int()
    .min(1)
    .max(100)
    .default(5)
    .describe('captions kept at each step of beam search')
    .meta(onlyWith('method', 'beam')),
  lengthPenalty: z
    .number()
    .min(0)
    .default(1)
    .describe('score = log-probability / length^penalty (0: none, 1: mean per word)'),
  noRepeatNgram: z.int().min(0).default(3).describe('no n-gram of this size occurs twice (0: allowed)'),
  maxLength: z.int().min(1).max(1000).default(25).describe('most words of a caption'),
  temperature: z
    .number()
    .positive()
    .default(1)
    .describe('divides the logits')
    .meta(onlyWith('method', 'sample')),
  topK: z
    .int()
    .min(0)
    .default(0)
    .describe('only the k likeliest words (0: all)')
    .meta(onlyWith('method', 'sample')),
  topP: z
    .number()
    .gt(0)
    .max(1)
    .default(1)
    .describe('only the likeliest words of this total')
    .meta(onlyWith('method', 'sample')),
  seed: z.int().default(1).describe('seed of sampling'),
});

export type DecodingOptions = z.infer<typeof decodingOptions>;
