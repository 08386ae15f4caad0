import { z } from 'zod';

/** Options that several captioners have, each with the same range, default and meaning. */
export const sharedOptions = {
  dropout: z.number().min(0).lt(1).default(0.3).describe('dropout of token embeddings, states and regions'),
  embedding: z.int().min(1).max(16_384).default(512).describe('size of a token embedding'),
  units: z.int().min(1).max(16_384).default(512).describe('units of a recurrent layer'),
  heads: z.int().min(1).max(256).default(8).describe('attention heads'),
  headSize: z.int().min(1).max(4096).default(64).describe('size of an attention head'),
  feedForward: z
    .int()
    .min(0)
    .max(65_536)
    .default(1024)
    .describe('hidden units of the feed-forward layers (0: none)'),
  tiedEmbedding: z
    .boolean()
    .default(true)
    .describe('the softmax layer shares the token embeddings (Press & Wolf 2017)'),
};
