import type { Preset } from './types';

/**
 * Options that belong together. A preset names only what differs from the defaults in options.ts and in the captioners'
 * definitions; the captioners' sizes in "scenes" and "tiny" stand in their definitions too.
 */
export const presets: Record<string, Preset> = {
  default: { description: 'photographs' },
  scenes: {
    description: 'the embedded data set of drawn scenes',
    training: {
      epochs: 6,
      batchSize: 64,
      captionsPerImage: 5,
      learningRate: 2e-3,
      warmupSteps: 60,
      labelSmoothing: 0.05,
      emaDecay: 0.99,
      validationImages: 100,
    },
  },
  'from-model': {
    description: "training on from a model (`--from`), with a few images of one's own",
    data: { minFrequency: 2 },
    training: { epochs: 8, batchSize: 16, learningRate: 1e-4, warmupSteps: 10, emaDecay: 0.9, patience: 8 },
  },
  original: {
    description: 'the model that this project started from',
    sizes: {
      'cross-attention': {
        embedding: 300,
        lstmUnits: [64, 128, 256, 512, 1024],
        layers: 1,
        heads: 8,
        headSize: 64,
        residual: false,
        tiedEmbedding: false,
        pooledSlices: 4,
      },
    },
    // Text padded to 100: what comes after a prefix has no effect here, so nothing needs to be padded.
    data: { maxWords: 99 },
    training: { batchSize: 16 }, // five layers keep the states of all prefixes
  },
  'attention-lstm': {
    description: 'Show, Attend and Tell over ResNet-50',
    captioner: 'attention-lstm',
    encoder: { encoder: 'resnet-50' },
    sizes: { 'attention-lstm': { embedding: 400, units: 512, attentionUnits: 256, dropout: 0.3 } },
    data: { minFrequency: 5 },
  },
  'show-and-tell': {
    description: 'Show and Tell over ResNet-50',
    captioner: 'show-and-tell',
    encoder: { encoder: 'resnet-50' },
    sizes: { 'show-and-tell': { embedding: 512, units: 1024, lstmLayers: 2 } },
    data: { minFrequency: 5 },
  },
  transformer: { description: "the Transformer in this project's sizes", captioner: 'transformer' },
  'transformer-s': efficientNetTransformer(512, 2),
  'transformer-l': efficientNetTransformer(1028, 4),
  'transformer-xl': efficientNetTransformer(1536, 6),
  shipped: {
    description: 'the captioner that comes with the project: `npm run reproduce`',
    captioner: 'cross-attention',
    encoder: { encoder: 'efficientnet-lite0+efficientnet-lite2+ssdlite-mobilenet-v2' },
    data: { augment: 'full', augmentations: 6, oversample: 'coco=2' },
    training: {
      epochs: 6,
      finalLearningRateFactor: 0.5,
      scstEpochs: 6,
      scstBleuWeight: 1,
      scstObjectWeight: 0.3,
    },
  },
  tiny: {
    description: 'checks that everything runs; learns next to nothing',
    data: { limit: 24, minFrequency: 1, dataDir: 'data/tiny' },
    training: { epochs: 2, batchSize: 16, warmupSteps: 2, validationImages: 4 },
    decoding: { maxLength: 12 },
    model: 'models/tiny',
  },
};

/** A Transformer of Flickr30k: one block over the regions of EfficientNet-B1, 10,000 words, captions of up to 36. */
function efficientNetTransformer(embedding: number, heads: number): Preset {
  return {
    description: 'the Transformer over EfficientNet-B1',
    captioner: 'transformer',
    encoder: { encoder: 'efficientnet-b1' },
    sizes: {
      transformer: {
        embedding,
        encoderLayers: 1,
        heads,
        headSize: embedding / heads, // 256 in S and 257 in L; that is also what gives XL its width
        feedForward: 2 * embedding,
      },
    },
    data: { maxVocabSize: 10_000, minFrequency: 1, maxWords: 36 },
    decoding: { maxLength: 36 },
  };
}
