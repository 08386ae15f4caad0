import type { Captioner, Weights } from '../captioners/captioner';
import type { Language } from '../language/language';
import type { DecodingOptions } from '../decoding/options';
import type { TrainingOptions } from './options';
import type { Tokenizer } from '../tokenizer';
import type { FeatureSource } from '../vision/features/source';
import type { Augmentations } from '../vision/features/augmentations';
import type { References } from '../metrics/types';
import type { Example } from './batches';

/** All that a training needs. */
export interface TrainingTask {
  captioner: Captioner;
  /** weights that do not start at random, by name */
  pretrained?: Weights;
  tokenizer: Pick<Tokenizer, 'decode'>;
  /** what the decoding of validation captions knows of their words */
  language?: Language;
  /** size of the vocabulary: a captioner that knows nothing has a loss of its logarithm */
  vocabSize: number;
  options: TrainingOptions;
  dropout: number;
  precision: 'float32' | 'bfloat16';
  features: FeatureSource;
  /** augmentations of the training images, where there are any */
  augmentations?: Augmentations;
  /** training captions */
  train: readonly Example[];
  /** the images of an epoch of CIDEr optimization (default: those that have references, each once) */
  trainImages?: readonly string[];
  /** training images with their reference captions, for CIDEr optimization */
  trainReferences: References;
  /** validation captions, for the loss */
  validation: readonly Example[];
  /** validation images with their reference captions, to score generated captions */
  references: References;
  /** how validation captions are generated */
  decoding: DecodingOptions;
  /** folder of the checkpoints */
  folder: string;
  /** tells trainings apart: another one does not resume from this one's checkpoint */
  fingerprint: string;
}
