import { z } from 'zod';
import { UserError } from '../errors';
import { onlyWith } from '../only-with';

/** How the words of a caption are chosen. */
export const decodingOptions = z.strictObject({
  method: z.literal(['beam', 'greedy', 'sample']).default('beam').describe('how words are chosen'),
  beamWidth: z
    .int()
    .min(1)
    .max(100)
    .default(5)
    .describe('captions kept at each step of beam search')
    .meta(onlyWith('method', 'beam')),
  diverseGroups: z
    .int()
    .min(1)
    .max(100)
    .default(1)
    .describe('diverse beam search: groups of the beam, each of which avoids the words of those before it')
    .meta(onlyWith('method', 'beam')),
  diversityStrength: z
    .number()
    .min(0)
    .default(0.5)
    .describe('taken off a log-probability for each time that groups before chose the word at this step')
    .meta(onlyWith('diverseGroups')),
  lengthPenalty: z
    .number()
    .min(0)
    .default(1)
    .describe('score = log-probability / length^penalty (0: none, 1: mean per word)'),
  noRepeatNgram: z.int().min(0).default(3).describe('no n-gram of this size occurs twice (0: allowed)'),
  grammar: z
    .boolean()
    .default(true)
    .describe(
      'rules of English: words that training captions do not repeat come once, no phrase stands on both sides of "and", "an" stands ' +
        'before vowels',
    ),
  objectWeight: z
    .number()
    .min(0)
    .default(0.1)
    .describe(
      "weight of what an object detector among the encoders says about the objects that a caption names, when the beam's best " +
        'is chosen (0: none; without a detector it has no effect)',
    )
    .meta(onlyWith('method', 'beam')),
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

/**
 * Checks what one option alone does not tell.
 * @throws UserError where the groups of diverse beam search cannot share the beam
 */
export function checkDecodingOptions({ method, beamWidth, diverseGroups: groups }: DecodingOptions): void {
  if (method === 'beam' && beamWidth % groups !== 0) {
    throw new UserError(
      `diverseGroups: ${groups} groups cannot share a beam of ${beamWidth} equally: set beamWidth to a multiple of ` +
        `${groups}, such as ${groups * Math.ceil(beamWidth / groups)}.`,
    );
  }
}
