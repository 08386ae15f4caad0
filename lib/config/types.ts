import type {
  CaptionerOptions,
  DataOptions,
  DecodingOptions,
  EncoderOptions,
  TrainingOptions,
} from './options';

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

/** Some of the options of each group; the others come from the preset and then from the defaults. */
export interface Overrides {
  preset?: string;
  data?: Partial<DataOptions>;
  encoder?: Partial<EncoderOptions>;
  captioner?: Partial<CaptionerOptions>;
  training?: Partial<TrainingOptions>;
  decoding?: Partial<DecodingOptions>;
  model?: string;
}
