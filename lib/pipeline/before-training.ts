import '../native/backend';
import * as tf from '@tensorflow/tfjs-core';
import type { Captioner, CaptionerInputs } from '../captioners/captioner';
import { encoderWeights } from '../captioners/fine-tuned';
import { initializeWeights } from '../captioners/initialize';
import type { Configuration } from '../config/types';
import { loadDataset } from '../data/load';
import { recordedCaptioner } from '../model/saved-model';
import type { StartProgress } from '../progress/progress';
import { batchTensors, bucketLengths, epochBatches, groupCaptions, type Batch } from '../training/batches';
import { MAX_BUCKETS } from '../training/cross-entropy-stage';
import { batchLoss } from '../training/step';
import { loadEncoder } from '../vision/weights/load-encoder';
import { vocabularyOf, type Prepared } from './prepare';
import { examplesOf } from './training-task';

/** A captioner without weights, and what it was created with. */
export interface UntrainedCaptioner {
  captioner: Captioner;
  inputs: CaptionerInputs;
}

/** The captioner that a configuration describes, for prepared data. */
export function untrainedCaptioner(
  configuration: Pick<Configuration, 'captioner'>,
  { encoder, tokenizer }: Pick<Prepared, 'encoder' | 'tokenizer'>,
): UntrainedCaptioner {
  const { name, endPoint, regions, channels, trained } = encoder;
  const inputs = { regions, channels, vocabSize: tokenizer.size };
  const blocks = { name, endPoint, fineTunedTo: trained?.blocks.endPoint };
  const captioner = recordedCaptioner({ captioner: configuration.captioner, inputs, encoder: blocks });
  return { captioner, inputs };
}

/** The same for data that is not prepared: captions are read, but no features are extracted. */
export async function plannedCaptioner(
  configuration: Configuration,
  progress?: StartProgress,
): Promise<UntrainedCaptioner> {
  const dataset = await loadDataset(configuration.data, progress);
  const tokenizer = vocabularyOf(dataset, configuration);
  const encoder = await loadEncoder(configuration.encoder, progress);
  try {
    return untrainedCaptioner(configuration, { encoder, tokenizer });
  } finally {
    encoder.dispose();
  }
}

/** The first batch of the first epoch, where training sees no augmentations. */
export function firstBatch({ training }: Pick<Configuration, 'training'>, prepared: Prepared): Batch {
  const groups = groupCaptions(examplesOf(prepared, 'train', Infinity), training.captionsPerImage);
  const lengths = bucketLengths(groups, MAX_BUCKETS);
  return epochBatches(groups, lengths, training.batchSize, training.seed, 1)[0];
}

/**
 * The loss of a batch with random weights, those that training starts from where no word vectors are given, without
 * dropout and label smoothing: mean nats a token. All tokens are about equally likely then, so that it is near
 * `uniform`, the logarithm of their number. It is somewhat above, since random logits differ a little, and most so in
 * a Transformer that ties its softmax to the embedding: that one starts by repeating the token it reads.
 */
export async function lossBeforeTraining(
  configuration: Pick<Configuration, 'captioner' | 'training'>,
  prepared: Prepared,
  batch: Batch,
): Promise<{ loss: number; uniform: number }> {
  const { captioner, inputs } = untrainedCaptioner(configuration, prepared);
  const { trained } = prepared.encoder;
  const pretrained = trained ? encoderWeights(trained.weights) : {};
  const features = await prepared.features.read(batch.images);
  const loss = tf.tidy(() => {
    const weights = initializeWeights(captioner.specs, configuration.training.seed, pretrained);
    return batchLoss(captioner, weights, batchTensors(batch, features), 0).dataSync<'float32'>()[0];
  });
  features.dispose();
  return { loss, uniform: Math.log(inputs.vocabSize) };
}
