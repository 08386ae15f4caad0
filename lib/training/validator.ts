import * as tf from '@tensorflow/tfjs-core';
import { Decoder } from '../decoding/decoder';
import { bleu } from '../metrics/bleu';
import { Cider } from '../metrics/cider';
import { compile } from '../native/graph/compile';
import type { Compiled } from '../ops/compiled';
import { captionImages } from '../decoding/caption-images';
import { eventLoopTurn } from '../progress/stop';
import { textTensors, bucketLengths, epochBatches, groupCaptions, type Batch } from './batches';
import type { ValidationScores } from './record';
import { batchLoss, weightsByName, type StepInputs } from './step';
import type { TrainingTask } from './task';

/** Captions of an image whose loss is computed side by side: nothing is learnt, so that this is about time alone. */
const CAPTIONS_PER_IMAGE = 5;

/** Validates weights: loss on given captions, scores of generated ones. */
export class Validator {
  private readonly loss: Compiled;
  private readonly batches: Batch[];
  private readonly cider: Cider;
  private readonly decoder: Decoder;

  constructor(
    private readonly task: TrainingTask,
    buckets: number,
  ) {
    const { captioner, validation, options } = task;
    const count = Object.keys(captioner.specs).length;
    this.loss = compile(
      (...tensors) => {
        const [features, tokens, targets, weights] = tensors.slice(count);
        const inputs = { features, tokens, targets, lossWeights: weights } as StepInputs;
        const loss = batchLoss(captioner, weightsByName(captioner, tensors.slice(0, count)), inputs, 0);
        return [tf.mul(loss, tf.sum(weights))];
      },
      { name: 'the validation loss' },
    );
    const groups = groupCaptions(validation, CAPTIONS_PER_IMAGE);
    this.batches = epochBatches(groups, bucketLengths(groups, buckets), options.batchSize, options.seed, 0);
    this.cider = new Cider(task.references);
    this.decoder = new Decoder([captioner]);
  }

  /** @returns undefined where `signal` asked to stop before the end */
  async validate(weights: tf.Tensor[], signal?: AbortSignal): Promise<ValidationScores | undefined> {
    const { captioner, references } = this.task;
    const writer = { ...this.task, decoder: this.decoder, weights: weightsByName(captioner, weights) };
    const captions = await captionImages(writer, Object.keys(references), { signal });
    const validationLoss = await this.meanLoss(weights, signal);
    if (signal?.aborted) return undefined;
    return {
      validationLoss,
      bleu4: bleu(references, captions)[3].corpus,
      cider: this.cider.score(captions).corpus,
    };
  }

  dispose(): void {
    this.loss.dispose();
    this.decoder.dispose();
  }

  private async meanLoss(weights: tf.Tensor[], signal?: AbortSignal): Promise<number> {
    let sum = 0;
    let vocabSize = 0;
    for (const batch of this.batches) {
      if (signal?.aborted) break;
      const features = await this.task.features.read(batch.images);
      sum += tf.tidy(() => this.loss([...weights, features, ...textTensors(batch)])[0].dataSync()[0]);
      features.dispose();
      vocabSize += batch.lossWeights.reduce((total, one) => total + one, 0);
      await eventLoopTurn();
    }
    return sum / vocabSize;
  }
}
