import { z } from 'zod';

/*
 * The sizes of each kind of captioner. The defaults are those that were chosen on Flickr8k's dev images; the sizes of
 * the projects that this one follows are presets.
 */

const dropout = z.number().min(0).lt(1).default(0.3).describe('dropout of word vectors, states and regions');
const embedding = z.int().min(1).default(512).describe('size of a word vector');
const heads = z.int().min(1).default(8).describe('attention heads');
const headSize = z.int().min(1).default(64).describe('size of a head');
const feedForward = z.int().min(0).default(1024).describe('hidden units of the feed-forward part (0: none)');
const tiedEmbedding = z.boolean().default(true).describe('the softmax shares the word vectors');

/** Bidirectional LSTMs over each prefix, whose states ask the regions. */
export const crossAttentionOptions = z.strictObject({
  name: z.literal('cross-attention').describe('kind of captioner'),
  embedding,
  lstmUnits: z
    .array(z.int().min(1))
    .min(1)
    .default([256])
    .describe('units of each bidirectional LSTM layer, per direction'),
  layers: z.int().min(1).default(2).describe('cross-attention blocks'),
  heads,
  headSize,
  feedForward,
  tiedEmbedding,
  residual: z.boolean().default(true).describe('residual connections and layer norms'),
  pooledSlices: z
    .int()
    .min(0)
    .default(0)
    .describe('pool the regions and split the vector in so many parts (0: attend to regions)'),
  dropout,
});

/** An LSTM that looks at the regions by additive attention before each word. */
export const attentionLstmOptions = z.strictObject({
  name: z.literal('attention-lstm').describe('kind of captioner'),
  embedding,
  units: z.int().min(1).default(512).describe('units of an LSTM layer'),
  regionUnits: z.int().min(1).default(512).describe('size of a projected region'),
  attentionUnits: z.int().min(1).default(256).describe('hidden units of additive attention'),
  tiedEmbedding,
  dropout,
});

/** LSTMs that see the whole picture once, as a word before the first. */
export const showAndTellOptions = z.strictObject({
  name: z.literal('show-and-tell').describe('kind of captioner'),
  embedding,
  units: z.int().min(1).default(512).describe('units of an LSTM layer'),
  lstmLayers: z.int().min(1).default(1).describe('LSTM layers'),
  batchNorm: z.boolean().default(true).describe('batch normalization of the projected picture'),
  tiedEmbedding,
  dropout,
});

/** A Transformer: self-attention over the regions and over the words so far, cross-attention between them. */
export const transformerOptions = z.strictObject({
  name: z.literal('transformer').describe('kind of captioner'),
  embedding,
  encoderLayers: z.int().min(0).default(1).describe('self-attention blocks over the regions'),
  layers: z.int().min(1).default(2).describe('decoder blocks'),
  heads,
  headSize,
  feedForward,
  tiedEmbedding,
  dropout,
});

/** The options of each kind of captioner. */
export const captionerOptions = {
  'cross-attention': crossAttentionOptions,
  'attention-lstm': attentionLstmOptions,
  'show-and-tell': showAndTellOptions,
  transformer: transformerOptions,
};

export type CrossAttentionOptions = z.infer<typeof crossAttentionOptions>;
export type AttentionLstmOptions = z.infer<typeof attentionLstmOptions>;
export type ShowAndTellOptions = z.infer<typeof showAndTellOptions>;
export type TransformerOptions = z.infer<typeof transformerOptions>;

export type CaptionerName = keyof typeof captionerOptions;
export type CaptionerOptions =
  CrossAttentionOptions | AttentionLstmOptions | ShowAndTellOptions | TransformerOptions;

export const captionerNames = Object.keys(captionerOptions) as CaptionerName[];

/** The options of any captioner, told apart by `model`. */
export const anyCaptionerOptions = z.discriminatedUnion('name', [
  crossAttentionOptions,
  attentionLstmOptions,
  showAndTellOptions,
  transformerOptions,
]);
