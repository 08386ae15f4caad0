import * as tf from '@tensorflow/tfjs-core';
import type { Captioner, Weights } from '../captioners/captioner';
import type { DecodingOptions } from './options';
import { beamSearch, topK } from './beam-search';
import type { DecodedCaption } from './caption';
import { sampleCaptions } from './sample';
import { CompiledStep, Stepper } from './stepper';

/**
 * Writes captions with one captioner, or with several of the same vocabulary that speak as one: the mean of their
 * probabilities counts (an ensemble). It keeps what it compiles from one call to the next.
 */
export class Decoder {
  private readonly runners = new Map<string, CompiledStep>();

  constructor(private readonly captioners: readonly Captioner[]) {}

  /**
   * Captions for images, by the method that the options name.
   * @param weights of each captioner
   * @param features what each captioner sees of the images [images, regions, channels]
   * @param firstImage number of the first image in a longer list, so that sampling does not depend on batches
   */
  async decode(
    weights: readonly Weights[],
    features: readonly tf.Tensor3D[],
    options: DecodingOptions,
    firstImage = 0,
  ): Promise<DecodedCaption[]> {
    const stepper = new Stepper(this.runnerFor(options), weights, features);
    try {
      return options.method === 'beam'
        ? await beamSearch(stepper, options)
        : await sampleCaptions(stepper, options, firstImage);
    } finally {
      stepper.dispose();
    }
  }

  /** Frees the graphs. */
  dispose(): void {
    for (const runner of this.runners.values()) runner.dispose();
    this.runners.clear();
  }

  private runnerFor({ method, beamWidth, maxLength }: DecodingOptions): CompiledStep {
    const key = method === 'beam' ? `${beamWidth} ${maxLength}` : 'one by one';
    const known = this.runners.get(key);
    if (known) return known;
    const runner =
      method === 'beam'
        ? new CompiledStep(this.captioners, beamWidth, (p) => topK(p, 2 * beamWidth + maxLength))
        : new CompiledStep(this.captioners, 1, (p) => ({ logProbabilities: p }));
    this.runners.set(key, runner);
    return runner;
  }
}
