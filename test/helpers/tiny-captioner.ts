import * as tf from '@tensorflow/tfjs-core';
import type { Captioner, Weights, WeightSpec } from '../../lib/captioners/captioner';
import { crossAttention, type CrossAttentionOptions } from '../../lib/captioners/cross-attention';
import type { CaptionerDefinition, OptionsOf } from '../../lib/captioners/definition';
import { captionerDefinitions, createCaptioner, type CaptionerOptions } from '../../lib/captioners/registry';

export const tinyInputs = { regions: 3, channels: 6, vocabSize: 13 };

/** The tiny sizes of a kind of captioner, without dropout, and changes to them. */
export function tinyOptionsOf<Definition extends CaptionerDefinition>(
  { name, options, sizes }: Definition,
  changes: Partial<OptionsOf<Definition>> = {},
): OptionsOf<Definition> {
  return options.parse({ name, ...sizes.tiny, dropout: 0, ...changes }) as unknown as OptionsOf<Definition>;
}

/** Every test variant of every registered captioner, for the generic suites. */
export const everyCaptioner: Record<string, CaptionerOptions> = Object.fromEntries(
  captionerDefinitions().flatMap((definition) =>
    Object.entries(definition.testVariants).map(([variant, changes]) => [
      `${definition.name}, ${variant}`,
      tinyOptionsOf(definition, changes) as CaptionerOptions,
    ]),
  ),
);

/** The first variant of every registered captioner. */
export const oneOfEachCaptioner: Record<string, CaptionerOptions> = Object.fromEntries(
  captionerDefinitions().map((definition) => {
    const [changes] = Object.values(definition.testVariants);
    return [definition.name, tinyOptionsOf(definition, changes) as CaptionerOptions];
  }),
);

/** The captioner of these options for tiny images and vocabulary. */
export const captionerOf = (options: CaptionerOptions): Captioner => createCaptioner(options, tinyInputs);

export function tinyOptions(changes: Partial<CrossAttentionOptions>): CrossAttentionOptions {
  return tinyOptionsOf(crossAttention, changes);
}

export function tinyCaptioner(changes: Partial<CrossAttentionOptions> = {}): Captioner {
  return captionerOf(tinyOptions(changes));
}

/** Random weights of every shape, also where training starts from zeros and ones; averages are above 0. */
export function randomWeights(specs: Record<string, WeightSpec>, deviation = 0.5): Weights {
  const entries = Object.entries(specs).map(([name, { shape, trainable }], i) => [
    name,
    trainable === false
      ? tf.randomUniform(shape, 0.5, 1.5, 'float32', i + 1) // a variance may be among them
      : tf.randomNormal(shape, 0, deviation, 'float32', i + 1),
  ]);
  return Object.fromEntries(entries) as Weights;
}

export function randomFeatures(images: number, seed = 1): tf.Tensor3D {
  return tf.randomNormal([images, tinyInputs.regions, tinyInputs.channels], 0, 1, 'float32', seed);
}
