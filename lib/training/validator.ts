import * as tf from '@tensorflow/tfjs-core';
import type { Weights } from '../captioners/captioner';
import { decodeCaptions } from '../decoding/decode';
import { bleu } from '../metrics/bleu';
import { Cider } from '../metrics/cider';
import type { Captions } from '../metrics/types';
import { compile, type Compiled } from '../native/graph/compile';
import { silentProgress, type StartProgress } from '../progress/progress';
import { eventLoopTurn } from '../progress/stop';
import { batchTensors, bucketLengths, epochBatches, type Batch } from './batches';
import { batchLoss, named, type StepInputs } from './step';
import type { TrainingTask } from './task';

/** Images captioned together while validating. */
const captionBatch = 50;

export interface ValidationScores {
  validationLoss: number;
  bleu4: number;
  cider: number;
}

/** Validates weights: loss on given captions, scores of generated ones. */
export class Validator {
  private readonly loss: Compiled;
  private readonly batches: Batch[];
  private readonly cider: Cider;

  constructor(
    private readonly task: TrainingTask,
    buckets: number,
  ) {
    const { captioner, validation, options } = task;
    const count = Object.keys(captioner.specs).length;
    this.loss = compile(
      (...tensors) => {
        const [features, words, targets, weights] = tensors.slice(count);
        const inputs = { features, words, targets, weights } as StepInputs;
        const loss = batchLoss(captioner, named(captioner, tensors.slice(0, count)), inputs, 0);
        return [tf.mul(loss, tf.sum(weights))];
      },
      { name: 'the validation loss' },
    );
    const lengths = bucketLengths(validation, buckets);
    this.batches = epochBatches(validation, lengths, options.batchSize, options.seed, 0);
    this.cider = new Cider(task.references);
  }

  async validate(weights: tf.Tensor[]): Promise<ValidationScores> {
    const captions = await generateFor(this.task, weights, Object.keys(this.task.references));
    const bleus = bleu(this.task.references, captions);
    return {
      validationLoss: await this.meanLoss(weights),
      bleu4: bleus[3].corpus,
      cider: this.cider.score(captions).corpus,
    };
  }

  dispose(): void {
    this.loss.dispose();
  }

  private async meanLoss(weights: tf.Tensor[]): Promise<number> {
    let sum = 0;
    let words = 0;
    for (const batch of this.batches) {
      const features = await this.task.features.read(batch.images);
      sum += tf.tidy(
        () => this.loss([...weights, ...batchTensors(batch, features, this.task.features)])[0].dataSync()[0],
      );
      words += batch.weights.reduce((total, one) => total + one, 0);
      await eventLoopTurn();
    }
    return sum / words;
  }
}

/** Captions that a captioner with these weights writes for images. */
export async function generateFor(
  task: Pick<TrainingTask, 'captioner' | 'features' | 'decoding' | 'tokenizer'>,
  weights: tf.Tensor[] | Weights,
  images: string[],
  startProgress: StartProgress = silentProgress,
): Promise<Captions> {
  const { captioner, features, decoding, tokenizer } = task;
  const progress = startProgress('Writing captions', images.length);
  const byName = Array.isArray(weights) ? named(captioner, weights) : weights;
  const captions: Captions = {};
  for (let at = 0; at < images.length; at += captionBatch) {
    const ids = images.slice(at, at + captionBatch);
    const values = await features.read(ids);
    const tensor = tf.tensor3d(values, [ids.length, features.regions, features.channels]);
    const decoded = await decodeCaptions(captioner, byName, tensor, decoding, at);
    tensor.dispose();
    decoded.forEach(({ words }, i) => (captions[ids[i]] = tokenizer.decode(words)));
    progress.update(Math.min(images.length, at + captionBatch));
    await eventLoopTurn();
  }
  progress.finish();
  return captions;
}
