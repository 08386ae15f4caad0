import type { z } from 'zod';
import type { Captioner, CaptionerInputs } from './captioner';

/** Options that every kind of captioner has; training reads them. */
export interface CommonOptions {
  name: string;
  /** dropout rate while training, from 0 below 1 */
  dropout: number;
}

/** Some of the sizes of a captioner; the others are the defaults of its options. */
export type Sizes<Options extends CommonOptions = CommonOptions> = Partial<Omit<Options, 'name'>>;

/**
 * A kind of captioner: all that the project has to know of it. Flags, `--help`, configuration, presets, saved models,
 * benchmarks, notebook 05 and the generic tests follow from the definitions in registry.ts.
 */
export interface CaptionerDefinition<Options extends CommonOptions = CommonOptions> {
  /** value of the option `captioner`, and name in tables and charts */
  readonly name: Options['name'];
  /** what it is called in the literature, with its source */
  readonly title: string;
  /** one sentence for `--help` */
  readonly description: string;
  /** options with ranges, defaults and meanings; `name` is the literal that tells captioners apart */
  readonly options: z.ZodType<Options> & { readonly shape: Readonly<Record<string, z.ZodType>> };
  /** Builds the captioner: no weights yet, only their shapes. */
  create(options: Options, inputs: CaptionerInputs): Captioner;
  /** sizes in the presets "scenes" (the drawn data set) and "tiny" (tests; computes in no time) */
  readonly sizes: { readonly scenes: Sizes<Options>; readonly tiny: Sizes<Options> };
  /** what the generic tests run on, by a few words: changes to the tiny sizes; at least one */
  readonly testVariants: Readonly<Record<string, Sizes<Options>>>;
}

/** The options of a definition. */
export type OptionsOf<Definition> = Definition extends CaptionerDefinition<infer Options> ? Options : never;
