import { captionerDefinition, type CaptionerName, type CaptionerOptions } from '../lib/captioners/registry';

/** How large the work of all rows is. */
export interface Sizes {
  /** of a training step */
  captions: number;
  steps: number;
  regions: number;
  channels: number;
  vocabSize: number;
  /** training steps in a round */
  stepsInRound: number;
  /** images in an encoder's batch */
  images: number;
  /** image files whose features are extracted */
  files: number;
  /** calls of generateCaption in a round */
  calls: number;
  /** images that are captioned from features, and how many of them together */
  captioned: number;
  captionedTogether: number;
  /** images that are captioned with each kind of search */
  searched: number;
  /** side of the large matrix products */
  product: number;
  /** steps of the memory row */
  memorySteps: number;
  /** images of the simulated feature store */
  stored: number;
  captionerOptions(name: CaptionerName): CaptionerOptions;
}

/** The sizes of the table: the captioners have their default sizes. */
export const fullSizes: Sizes = {
  captions: 64,
  steps: 16,
  regions: 64,
  channels: 2048,
  vocabSize: 8000,
  stepsInRound: 3,
  images: 32,
  files: 1000,
  calls: 10,
  captioned: 1000,
  captionedTogether: 50,
  searched: 200,
  product: 2048,
  memorySteps: 200,
  stored: 118_000,
  captionerOptions: (name) => parse(name, {}),
};

/** Sizes that compute in no time, to see that everything runs: nothing is measured with them. */
export const quickSizes: Sizes = {
  captions: 4,
  steps: 5,
  regions: 3,
  channels: 6,
  vocabSize: 13,
  stepsInRound: 1,
  images: 2,
  files: 3,
  calls: 1,
  captioned: 5,
  captionedTogether: 2,
  searched: 3,
  product: 16,
  memorySteps: 4,
  stored: 40,
  captionerOptions: (name) => parse(name, { ...captionerDefinition(name).sizes.tiny, dropout: 0.1 }),
};

function parse(name: CaptionerName, sizes: object): CaptionerOptions {
  return captionerDefinition(name).options.parse({ name, ...sizes }) as CaptionerOptions;
}
