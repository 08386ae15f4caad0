import type { CaptionerName, CaptionerOptions } from '../captioners/registry';
import type { DataOptions } from '../data/options';
import type { DecodingOptions } from '../decoding/options';
import type { TrainingOptions } from '../training/options';
import type { EncoderOptions } from '../vision/options';

/** All options of an experiment. */
export interface Configuration {
  data: DataOptions;
  encoder: EncoderOptions;
  captioner: CaptionerOptions;
  training: TrainingOptions;
  decoding: DecodingOptions;
  /** folder of the trained model */
  model: string;
  /** folder of the model whose training goes on with other data, instead of random weights */
  from?: string;
}

type KeysOfUnion<T> = T extends unknown ? keyof T : never;
type PropertyOfUnion<T, Key extends PropertyKey> = T extends Record<Key, infer Value> ? Value : never;

/** Sizes that captioners have; which of them belong to a captioner is checked when it is configured. */
export type CaptionerSizes = {
  [Key in Exclude<KeysOfUnion<CaptionerOptions>, 'name'>]?: PropertyOfUnion<CaptionerOptions, Key>;
};

/** The kind of captioner (default: the preset's) and some of its sizes. */
export type CaptionerOverrides = Some<{ name: CaptionerName } & CaptionerSizes>;

/**
 * Some of the options of a group. Other names are no error of the compiler, whose message would be a page of types:
 * `configure` refuses them and names the nearest option.
 */
export type Some<Options> = Partial<Options> & { readonly [other: string]: unknown };

/** Some of the options of each group; the others come from the preset and then from the defaults. */
export interface Overrides {
  preset?: string;
  data?: Some<DataOptions>;
  encoder?: Some<EncoderOptions>;
  /** the name of a kind of captioner alone, or with some of its sizes */
  captioner?: CaptionerOverrides | CaptionerName;
  training?: Some<TrainingOptions>;
  decoding?: Some<DecodingOptions>;
  model?: string;
  /** folder of the model that training starts from */
  from?: string;
  readonly [other: string]: unknown;
}

/** Options that belong together: those of a preset. */
export interface Preset extends Pick<Overrides, 'data' | 'encoder' | 'training' | 'decoding' | 'model'> {
  /** what it is for */
  description: string;
  /** the kind of captioner where none is named (default: the first of the registry) */
  captioner?: CaptionerName;
  /** sizes by kind of captioner; those of "scenes" and "tiny" stand in the captioners' definitions */
  sizes?: Partial<Record<CaptionerName, CaptionerSizes>>;
}
