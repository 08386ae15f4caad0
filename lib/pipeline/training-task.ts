import path from 'node:path';
import type { Captioner, CaptionerInputs, Weights } from '../captioners/captioner';
import { encoderWeights } from '../captioners/fine-tuned';
import type { Configuration } from '../config/types';
import { mentionsLeftRight } from '../data/left-right';
import { oversampling } from '../data/oversample';
import { repeatedWords as repeatedWordsOf } from '../language/grammar';
import type { SplitName } from '../data/types';
import type { References } from '../metrics/types';
import type { ModelRecord } from '../model/format';
import type { Language } from '../language/language';
import { languageOf } from '../language/language-of';
import { recordedCaptioner } from '../model/saved-model';
import { resolvePrecision } from '../native/precision';
import type { Example } from '../training/batches';
import { splitWords } from '../tokenizer';
import { checkpointsName, hashed, type TrainingIdentity } from '../training/same-training';
import type { TrainingTask } from '../training/task';
import { referencesOf, type Prepared } from './prepare';

/** Folder of the checkpoints in that of a model; each kind of training has its own in it. */
export const CHECKPOINTS = 'training';

/** Tokens of a validation caption at most, for the loss: a few very long ones would each need a graph. */
const MAX_VALIDATION_LENGTH = 40;

/** Weights that a training starts from instead of random ones. */
export interface TrainingStart {
  /** by name, some or all; the caller disposes them */
  weights: Weights;
  /** what tells this start from others, by the name of an option */
  identity: TrainingIdentity;
}

/** A training, and what tells it from others. */
export interface IdentifiedTask {
  task: TrainingTask & { language: Language };
  identity: TrainingIdentity;
  /** words that training captions have twice, which the model's record keeps */
  repeatedWords: string[];
}

/** The captioner that a configuration describes, with the encoder's blocks that are trained with it. */
export function captionerToTrain(
  { captioner, training }: Pick<Configuration, 'captioner' | 'training'>,
  prepared: Pick<Prepared, 'encoder' | 'precision' | 'tokenizer'>,
): { captioner: Captioner; inputs: CaptionerInputs } {
  const { regions, channels } = prepared.encoder;
  const inputs = { regions, channels, vocabSize: prepared.tokenizer.size };
  const rate = training.encoderLearningRate / training.learningRate;
  return {
    captioner: recordedCaptioner({ captioner, inputs, encoder: describeEncoder(prepared) }, rate),
    inputs,
  };
}

/** What a configuration trains on prepared data. */
export function trainingTask(
  configuration: Configuration,
  prepared: Prepared,
  captioner: Captioner,
  start?: TrainingStart,
): IdentifiedTask {
  const { captioner: options, training, encoder: encoderOptions } = configuration;
  const { encoder, features, tokenizer, augmentations } = prepared;
  const precision = resolvePrecision(encoderOptions.precision);
  const limit = training.validationImages;
  const all = Object.entries(referencesOf(prepared, 'validation'));
  const references = Object.fromEntries(limit > 0 ? all.slice(0, limit) : all);
  const times = oversampling(configuration.data.oversample, prepared.images.values());
  const multiplied = <T>(items: readonly T[], imageOf: (item: T) => string) =>
    items.flatMap((item) => Array.from({ length: times(imageOf(item)) }, () => item));
  const train = multiplied(examplesOf(prepared, 'train', Infinity), ({ image }) => image);
  const repeatedWords = trainingRepeats(prepared);
  const data = { train, references, precision };
  const identity = { ...identityOf(configuration, prepared, data), ...start?.identity };
  const name = checkpointsName(identity);
  const task: IdentifiedTask['task'] = {
    captioner,
    pretrained: { ...(encoder.trained ? encoderWeights(encoder.trained.weights) : {}), ...start?.weights },
    tokenizer,
    language: languageOf(encoder.name, tokenizer, repeatedWords),
    vocabSize: tokenizer.size,
    options: training,
    dropout: options.dropout,
    precision,
    features,
    ...(augmentations ? { augmentations } : {}),
    train,
    validation: examplesOf(prepared, 'validation', MAX_VALIDATION_LENGTH),
    trainImages: multiplied(prepared.dataset.splits.train, (image) => image),
    trainReferences: referencesOf(prepared, 'train'),
    references,
    decoding: configuration.decoding,
    folder: path.join(configuration.model, CHECKPOINTS, name),
    fingerprint: name,
  };
  return { task, identity, repeatedWords };
}

/** The words that training captions have twice. */
function trainingRepeats({ dataset, images }: Pick<Prepared, 'dataset' | 'images'>): string[] {
  return repeatedWordsOf(
    dataset.splits.train.flatMap((image) => images.get(image)!.captions.map(splitWords)),
  );
}

/** What a saved model's record states about its encoder. */
export function describeEncoder({
  encoder,
  precision,
}: Pick<Prepared, 'encoder' | 'precision'>): ModelRecord['encoder'] {
  const { name, endPoint, weightsHash, grid, reason, trained } = encoder;
  const described = { name, endPoint, weightsHash, grid: [...grid] as [number, number], precision, reason };
  if (!trained) return described;
  const { output, endPoint: fineTunedTo } = trained.blocks;
  return { ...described, grid: [...output.grid], fineTunedTo };
}

/** The captions of a split as word ids. */
export function examplesOf(prepared: Prepared, split: SplitName, longest: number): Example[] {
  const { dataset, images, tokenizer, augmentations } = prepared;
  return dataset.splits[split].flatMap((image) =>
    images
      .get(image)!
      .captions.map((caption) => ({
        image,
        tokens: tokenizer.encode(caption),
        ...(augmentations && mentionsLeftRight(caption) ? { mentionsLeftRight: true } : {}),
      }))
      .filter(({ tokens }) => tokens.length <= longest + 2),
  );
}

/** What of a training's identity is known before its data is prepared. */
export function optionsIdentity({ captioner, training, encoder }: Configuration): TrainingIdentity {
  const { name, ...sizes } = captioner;
  const { wordVectors: _, encoderLearningRate, ...options } = training; // what the vectors are counts, not where they lie
  const { fineTuneFrom } = encoder;
  return {
    captioner: name,
    ...sizes,
    ...options,
    ...(fineTuneFrom === '' ? {} : { encoderLearningRate }),
    fineTuneFrom,
  };
}

/** What the result of a training depends on: its options, and hashes of what it learns from. */
function identityOf(
  configuration: Configuration,
  { encoder, tokenizer, augmentations }: Prepared,
  data: { train: Example[]; references: References; precision: string },
): TrainingIdentity {
  const { decoding } = configuration;
  return {
    ...optionsIdentity(configuration),
    wordVectors: '',
    from: '',
    encoder: encoder.name,
    endPoint: encoder.trained?.blocks.endPoint ?? encoder.endPoint,
    encoderWeights: `#${encoder.weightsHash.slice(0, 12)}`,
    precision: data.precision,
    augmentations: augmentations ? `#${augmentations.count}-${augmentations.key}` : '',
    vocabulary: hashed(tokenizer.toJSON()),
    'training captions': hashed(data.train),
    'validation captions': hashed(data.references),
    'decoding of validation captions': hashed(decoding),
  };
}
