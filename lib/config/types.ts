import type {
  AttentionLstmOptions,
  CaptionerName,
  CaptionerOptions,
  CrossAttentionOptions,
  ShowAndTellOptions,
  TransformerOptions,
} from './captioner-options';
import type { DataOptions, DecodingOptions, EncoderOptions, TrainingOptions } from './options';

/** All options of an experiment. */
export interface Configuration {
  data: DataOptions;
  encoder: EncoderOptions;
  captioner: CaptionerOptions;
  training: TrainingOptions;
  decoding: DecodingOptions;
  /** folder of the trained model */
  model: string;
}

type Sizes<T> = Partial<Omit<T, 'name'>>;

/** Some sizes of the captioner that `model` names, or the preset. */
export type CaptionerOverrides = { name?: CaptionerName } & Sizes<CrossAttentionOptions> &
  Sizes<AttentionLstmOptions> &
  Sizes<ShowAndTellOptions> &
  Sizes<TransformerOptions>;

/** Some of the options of each group; the others come from the preset and then from the defaults. */
export interface Overrides {
  preset?: string;
  data?: Partial<DataOptions>;
  encoder?: Partial<EncoderOptions>;
  captioner?: CaptionerOverrides;
  training?: Partial<TrainingOptions>;
  decoding?: Partial<DecodingOptions>;
  model?: string;
}

/** Options that belong together: those of a preset. */
export interface Preset extends Omit<Overrides, 'preset' | 'captioner'> {
  /** the kind of captioner where none is named (default: cross-attention) */
  captioner?: CaptionerName;
  /** sizes of each kind */
  sizes?: Partial<Record<CaptionerName, Omit<CaptionerOverrides, 'name'>>>;
}
