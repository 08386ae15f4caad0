import * as tf from '@tensorflow/tfjs-core';
import { recordLayers, type ModelRecord } from '../ops/record-layers';
import type { Captioner, CaptionerInputs } from './captioner';

/** The length of an axis: a number, or what it depends on: 'batch'. */
export type Dimension = number | string;

/** A layer of a captioner. */
export interface ArchitectureLayer {
  name: string;
  type: string;
  detail?: string;
  outputShape: Dimension[];
  /** the weights that no earlier layer has */
  weights: string[];
  /** how many numbers these are */
  parameters: number;
  /** names of weights of earlier layers that it uses too */
  tiedWeights: string[];
  /** names of the layers and inputs whose outputs it uses */
  inputs: string[];
}

/** A captioner as layers from its inputs to its outputs. */
export interface Architecture {
  inputs: { name: string; shape: Dimension[] }[];
  layers: ArchitectureLayer[];
  outputs: { name: string; shape: Dimension[]; from: string[] }[];
  trainable: number;
  nonTrainable: number;
}

/** The sizes that the captioner runs with, twice, and what an axis is that is so long in each run. */
const RUNS = [
  { batch: 2, steps: 4 },
  { batch: 3, steps: 5 },
];
const axes: { name: string; length(sizes: (typeof RUNS)[number]): number }[] = [
  { name: 'batch', length: ({ batch }) => batch },
  { name: 'steps', length: ({ steps }) => steps },
  { name: 'steps+1', length: ({ steps }) => steps + 1 },
  { name: 'batch*steps', length: ({ batch, steps }) => batch * steps },
  { name: 'prefixes', length: ({ steps }) => (steps * (steps + 1)) / 2 }, // packed, see lib/ops/lstm.ts
];

/**
 * The layers of a captioner, found by running it on zeros: with their output shapes, weights and connections. The
 * numbers of captions and of steps stand as 'batch' and 'steps', with one caption an image.
 * @param inputs what the captioner was created with
 */
export function architectureOf(captioner: Captioner, inputs: CaptionerInputs): Architecture {
  const { specs } = captioner;
  const weights = Object.fromEntries(
    Object.entries(specs).map(([name, { shape }]) => [name, tf.zeros(shape)]),
  );
  const [small, large] = RUNS.map((sizes) => runOnZeros(captioner, weights, inputs, sizes));
  tf.dispose(weights);
  const sizeOf = (name: string) => tf.util.sizeFromShape(specs[name].shape);
  const total = (names: string[]) => names.reduce((sum, name) => sum + sizeOf(name), 0);
  const owned = new Set<string>();
  const layers = small.layers.map(({ weights, outputShape, ...layer }, i) => {
    const own = weights.filter((name) => !owned.has(name));
    own.forEach((name) => owned.add(name));
    return {
      ...layer,
      outputShape: namedShape(outputShape, large.layers[i].outputShape),
      weights: own,
      parameters: total(own),
      tiedWeights: weights.filter((name) => !own.includes(name)),
    };
  });
  const outputs = Object.entries(small.outputs).map(([name, { shape, from }]) => ({
    name,
    shape: namedShape(shape, large.outputs[name].shape),
    from,
  }));
  const names = Object.keys(specs);
  return {
    inputs: [
      { name: 'features', shape: ['batch', inputs.regions, inputs.channels] },
      { name: 'tokens', shape: ['batch', 'steps'] },
    ],
    layers,
    outputs,
    trainable: total(names.filter((name) => specs[name].trainable !== false)),
    nonTrainable: total(names.filter((name) => specs[name].trainable === false)),
  };
}

function runOnZeros(
  captioner: Captioner,
  weights: Record<string, tf.Tensor>,
  { regions, channels }: CaptionerInputs,
  { batch, steps }: { batch: number; steps: number },
): ModelRecord {
  const features = tf.zeros<tf.Rank.R3>([batch, regions, channels]);
  const tokens = tf.zeros<tf.Rank.R2>([batch, steps], 'int32');
  const record = recordLayers({ inputs: { features, tokens }, weights }, () => {
    const { logits, attention } = captioner.forward(weights, features, tokens);
    return { logits, ...(attention ? { attention } : {}) };
  });
  tf.dispose([features, tokens]);
  return record;
}

/** A shape whose axes of different length in both runs have names. */
function namedShape(small: number[], large: number[]): Dimension[] {
  return small.map((length, i) => {
    if (length === large[i]) return length;
    const axis = axes.find((one) => one.length(RUNS[0]) === length && one.length(RUNS[1]) === large[i]);
    return axis?.name ?? '?';
  });
}
