import * as tf from '@tensorflow/tfjs-core';
import type { Captioner } from '../captioners/captioner';
import { tempered } from '../captioners/tempered';
import { END, START } from '../data/tokenizer';
import { inBatches } from '../in-batches';
import { Cider } from '../metrics/cider';
import { mean } from '../metrics/mean';
import { productsIn } from '../native/precision';
import { Random } from '../random';
import { makeBatch, textTensors } from './batches';
import { CaptionSampler } from './sampled-captions';
import type { Stage, StepData } from './stage';
import type { TrainingTask } from './task';
import { viewOfEpoch } from './views';

/** A word behind captions and references that end, so that the reward sees an unfinished caption. */
const endWord = 'endofcaption';

/** Longest sampled caption, in words. */
const longest = 14;

/** Lengths to which sampled captions are padded: one graph each. */
const lengths = [11, longest + 1];

/**
 * Self-critical sequence training: the captioner writes several captions for each training image and learns to
 * make those likelier that score a higher CIDEr-D than its other captions of the same image (Rennie et al. 2017,
 * with the mean of the other samples as baseline: Luo 2020). Captions are drawn, and learnt from, at a temperature. The
 * end counts as a word in the reward, and the references nearest to a caption do not count (`rewardOf`).
 */
export class CiderStage implements Stage {
  readonly name = 'CIDEr epoch';
  readonly epochs: number;
  readonly dropout = 0;
  readonly labelSmoothing = 0;
  readonly asWriting = true;
  readonly stepsPerEpoch: number;
  readonly captioner: Captioner;
  private readonly images: string[];
  private readonly cider: Cider;
  private readonly sampler: CaptionSampler;
  private shuffled: { epoch: number; images: string[] } = { epoch: 0, images: [] };

  constructor(private readonly task: TrainingTask) {
    const { options, trainReferences } = task;
    this.epochs = options.ciderEpochs;
    this.images = Object.keys(trainReferences);
    this.captioner = tempered(task.captioner, options.ciderTemperature);
    this.sampler = new CaptionSampler(this.captioner, {
      samples: options.ciderSamples,
      maxLength: longest,
      precision: productsIn(task.precision),
    });
    this.stepsPerEpoch = Math.ceil(this.images.length / options.ciderImages);
    this.cider = new Cider(
      Object.fromEntries(
        Object.entries(trainReferences).map(([id, texts]) => [id, texts.map((text) => `${text} ${endWord}`)]),
      ),
    );
  }

  rate(step: number): number {
    const { ciderLearningRate } = this.task.options;
    return ciderLearningRate * (1 - (0.9 * step) / Math.max(1, this.epochs * this.stepsPerEpoch));
  }

  async data(epoch: number, index: number, weights: readonly tf.Tensor[]): Promise<StepData> {
    const { features, options } = this.task;
    const images = this.imagesOf(epoch, index);
    const views = images.map((image) => viewOfEpoch(image, this.task, epoch));
    const tensor = await features.read(views);
    const step = (epoch - 1) * this.stepsPerEpoch + index;
    // The second number is below 0: apart from the seeds of dropout.
    const captions = await this.sampler.sample(weights, tensor, [options.seed, -1 - step]);
    const samples = options.ciderSamples;
    const rewards = captions.map((words, i) => this.reward(images[Math.floor(i / samples)], words));
    const rows = captions.map((words, i) => ({
      image: images[Math.floor(i / samples)],
      words: [START, ...words],
    }));
    const most = Math.max(...captions.map((words) => words.length));
    const batch = makeBatch(inBatches(rows, samples), {
      images: images.length,
      size: samples,
      steps: lengths.find((length) => length >= most) ?? longest + 1,
    });
    const advantages = advantagesOf(rewards, samples);
    batch.weights.forEach(
      (weight, i) => (batch.weights[i] = weight * advantages[Math.floor(i / batch.steps)]),
    );
    return {
      tensors: [tensor, ...textTensors(batch)],
      captions: rows.length,
      reward: mean(rewards),
    };
  }

  dispose(): void {
    this.sampler.dispose();
  }

  private reward(image: string, words: number[]): number {
    const ended = words.at(-1) === END;
    const text = this.task.tokenizer.decode(words);
    const similarities = this.cider.similarities(image, ended ? `${text} ${endWord}` : text);
    return rewardOf(similarities, this.task.options.ciderSkipNearest);
  }

  /** The images of a step: all once an epoch, the last step filled up from the start. */
  private imagesOf(epoch: number, index: number): string[] {
    const { seed, ciderImages } = this.task.options;
    if (this.shuffled.epoch !== epoch) {
      this.shuffled = { epoch, images: new Random(seed, 'cider', epoch).shuffle(this.images) };
    }
    const { images } = this.shuffled;
    return Array.from({ length: ciderImages }, (_, i) => images[(index * ciderImages + i) % images.length]);
  }
}

/**
 * The mean of what a caption shares with each reference, without those nearest to it: CIDEr rewards the repetition of
 * one reference, which a captioner learns for its training images and cannot do for others.
 * @param skipped how many are left out; one always counts
 */
export function rewardOf(similarities: readonly number[], skipped: number): number {
  const counted = [...similarities]
    .sort((a, b) => a - b)
    .slice(0, Math.max(1, similarities.length - skipped));
  return mean(counted);
}

/** How much better each caption is than the mean of the other captions of its image. */
export function advantagesOf(rewards: readonly number[], samples: number): number[] {
  return rewards.map((reward, i) => {
    const first = i - (i % samples);
    const sum = rewards.slice(first, first + samples).reduce((total, one) => total + one, 0);
    return reward - (sum - reward) / (samples - 1);
  });
}
