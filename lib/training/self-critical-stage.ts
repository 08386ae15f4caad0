import type { Captioner, Weights } from '../captioners/captioner';
import { withTemperature } from '../captioners/temperature';
import { END, START } from '../tokenizer';
import { inBatches } from '../in-batches';
import { mean } from '../metrics/mean';
import { matmulPrecision } from '../native/precision';
import { Random } from '../random';
import { batchTensors, makeBatch } from './batches';
import { CaptionReward } from './caption-reward';
import { CaptionSampler } from './caption-sampler';
import type { Stage, StepData } from './stage';
import type { TrainingTask } from './task';
import { augmentationOfEpoch } from './augmentations';

/** Longest sampled caption, in tokens. */
const MAX_SAMPLE_LENGTH = 14;

/** Lengths to which sampled captions are padded: one graph each. */
const SAMPLE_LENGTHS = [11, MAX_SAMPLE_LENGTH + 1];

/**
 * Self-critical sequence training: several captions are sampled for each training image, and those become likelier
 * that score a higher CIDEr-D than the other samples of the same image (Rennie et al. 2017, with the mean of the other
 * samples as baseline: Luo 2020). Captions are sampled, and learned from, at a temperature. What a caption is worth
 * beside its CIDEr-D stands in caption-reward.ts.
 */
export class SelfCriticalStage implements Stage {
  readonly name = 'CIDEr epoch';
  readonly monitor = 'CIDEr';
  readonly epochs: number;
  readonly dropout = 0;
  readonly labelSmoothing = 0;
  readonly training = false;
  readonly stepsPerEpoch: number;
  readonly captioner: Captioner;
  private readonly images: readonly string[];
  private readonly reward: CaptionReward;
  private readonly sampler: CaptionSampler;
  private shuffled: { epoch: number; images: string[] } = { epoch: 0, images: [] };

  constructor(private readonly task: TrainingTask) {
    const { options, trainReferences, trainImages = Object.keys(trainReferences) } = task;
    this.epochs = options.scstEpochs;
    this.images = trainImages;
    this.captioner = withTemperature(task.captioner, options.scstTemperature);
    this.sampler = new CaptionSampler(this.captioner, {
      samples: options.scstSamples,
      maxLength: MAX_SAMPLE_LENGTH,
      precision: matmulPrecision(task.precision),
    });
    this.stepsPerEpoch = Math.ceil(this.images.length / options.scstBatchSize);
    this.reward = new CaptionReward(trainReferences, options);
  }

  learningRate(step: number): number {
    const { scstLearningRate } = this.task.options;
    return scstLearningRate * (1 - (0.9 * step) / Math.max(1, this.epochs * this.stepsPerEpoch));
  }

  async stepData(epoch: number, index: number, weights: Weights): Promise<StepData> {
    const { features, options } = this.task;
    const images = this.imagesOf(epoch, index);
    const augmentations = images.map((image) => augmentationOfEpoch(image, this.task, epoch));
    const featureTensor = await features.read(augmentations);
    const step = (epoch - 1) * this.stepsPerEpoch + index;
    // The second number is below 0: apart from the seeds of dropout.
    const captions = await this.sampler.sample(weights, featureTensor, [options.seed, -1 - step]);
    const samples = options.scstSamples;
    const rewards = captions.map((tokens, i) => this.rewardOf(images[Math.floor(i / samples)], tokens));
    const rows = captions.map((tokens, i) => ({
      image: images[Math.floor(i / samples)],
      tokens: [START, ...tokens],
    }));
    const most = Math.max(...captions.map((tokens) => tokens.length));
    const batch = makeBatch(inBatches(rows, samples), {
      size: samples,
      steps: SAMPLE_LENGTHS.find((length) => length >= most) ?? MAX_SAMPLE_LENGTH + 1,
    });
    const advantages = advantagesOf(rewards, samples);
    batch.lossWeights.forEach(
      (weight, i) => (batch.lossWeights[i] = weight * advantages[Math.floor(i / batch.steps)]),
    );
    return { batch: batchTensors(batch, featureTensor), captions: rows.length, reward: mean(rewards) };
  }

  dispose(): void {
    this.sampler.dispose();
  }

  private rewardOf(image: string, tokens: number[]): number {
    return this.reward.of(image, this.task.tokenizer.decode(tokens), tokens.at(-1) === END);
  }

  /** The images of a step, as many in each: all once an epoch, a few of the first again in the last step. */
  private imagesOf(epoch: number, index: number): string[] {
    const { seed } = this.task.options;
    if (this.shuffled.epoch !== epoch)
      this.shuffled = { epoch, images: new Random(seed, 'cider', epoch).shuffle(this.images) };

    const { images } = this.shuffled;
    const size = Math.ceil(images.length / this.stepsPerEpoch);
    return Array.from({ length: size }, (_, i) => images[(index * size + i) % images.length]);
  }
}

/** How much better each caption is than the mean of the other captions of its image. */
export function advantagesOf(rewards: readonly number[], samples: number): number[] {
  return rewards.map((reward, i) => {
    const first = i - (i % samples);
    const sum = rewards.slice(first, first + samples).reduce((total, one) => total + one, 0);
    return reward - (sum - reward) / (samples - 1);
  });
}
