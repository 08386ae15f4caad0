/// <reference types="node" preserve="true" />

/**
 * Image captioning on TensorFlow: what a program that uses this project may import.
 *
 * `import { generateCaption } from 'tslab-captioner'` works in any folder that has the project among its packages.
 * @packageDocumentation
 */

// Captions for images, with the shipped captioner or one's own.
export { clearCaches, generateCaption, isFailed, SHIPPED_MODEL } from './generate-caption';
export type {
  CaptionResult,
  CaptionText,
  CaptionWord,
  FailedCaption,
  GeneratedCaption,
  GenerateOptions,
  ImageSource,
} from './generate-caption';
export type { CaptionConfidence } from './generate-caption/confidence';
export type { WordChoice, WordConstraints } from './decoding/constraints';
export { confidenceText, isLowConfidence, LOW_CONFIDENCE } from './confidence/words';
export { loadModel, type Model } from './model/saved-model';

// Experiments: options, data and features, training, evaluation.
export { configure } from './config/configuration';
export type { Configuration, Overrides } from './config/types';
export { prepare, type Prepared } from './pipeline/prepare';
export { trainCaptioner, type TrainedModel } from './pipeline/train';
export { evaluateModel, type EvaluateOptions, type Evaluation } from './pipeline/evaluate';
export type { TrainingHooks } from './training/hooks';

// Scores of captions from any source.
export { scoreCaptions, type ScoredCaptions } from './metrics/score';
export type { Captions, Knowledge, References, Scores } from './metrics/types';

// Captioners, encoders, metrics and data sets of one's own: their definitions, and the calls that make them known.
export { registerCaptioner } from './captioners/registry';
export type { CaptionerDefinition, CommonOptions, Sizes } from './captioners/definition';
export type {
  Captioner,
  CaptionerInputs,
  CaptionerOutput,
  DecoderState,
  DecoderStep,
  Weights,
  WeightSpec,
} from './captioners/captioner';
export { registerEncoder } from './vision/encoders/registry';
export type {
  EncoderDefinition,
  FineTunedBlocks,
  ImageInput,
  Network,
  Normalization,
  WeightsLocation,
} from './vision/encoders/definition';
export { registerMetric } from './metrics/registry';
export type { Metric, MetricResult } from './metrics/types';
export { registerDataset } from './data/datasets/registry';
export type { DatasetDefinition, ReadOptions, Source } from './data/datasets/definition';

// TensorFlow graphs of pure functions of tensors.
export { compile, type CompileOptions } from './native/graph/compile';

export { DivergedError, ImageError, UserError } from './errors';
