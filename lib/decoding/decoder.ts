import type * as tf from '@tensorflow/tfjs-core';
import type { Captioner, Weights } from '../captioners/captioner';
import type { Forbids } from '../language/grammar';
import type { Language } from '../language/language';
import { automatonOf } from './automaton';
import { beamSearch } from './beam-search';
import { candidateCount, likeliest, tokenChoice, type SelectCandidates } from './candidates';
import { byScore, differentCaptions, type DecodedCaption } from './caption';
import { checkRequest, ONE_CAPTION, type CaptionRequest } from './caption-request';
import { objectEvidence, weighObjects } from './object-evidence';
import type { DecodingOptions } from './options';
import { sampleCaptions } from './sample';
import { CompiledStep, Stepper } from './stepper';

/** How often so many samples as are asked for are drawn, until that many are different. */
const SAMPLING_ROUNDS = 10;

/** What is captioned: what each captioner sees of the images, and its weights. */
interface Inputs {
  weights: readonly Weights[];
  features: readonly tf.Tensor3D[];
}

/**
 * Writes captions with one captioner, or with several of the same vocabulary that speak as one: the mean of their
 * probabilities counts (an ensemble). It keeps what it compiles from one call to the next.
 */
export class Decoder {
  private readonly runners = new Map<string, CompiledStep>();

  /** @param captioners one or more */
  constructor(
    private readonly captioners: readonly Captioner[],
    private readonly language: Language = {},
  ) {}

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
    const captions = await this.decodeSeveral(weights, features, options, ONE_CAPTION, firstImage);
    return captions.map(([best]) => best);
  }

  /**
   * Several captions for each image, or captions with and without given words; for the parameters see `decode`.
   * @returns of each image different captions, best first: fewer than asked for where no more were found, and none
   *   where no caption that ends has all words
   * @throws UserError where the method cannot give what is asked for
   */
  async decodeSeveral(
    weights: readonly Weights[],
    features: readonly tf.Tensor3D[],
    options: DecodingOptions,
    request: CaptionRequest,
    firstImage = 0,
  ): Promise<DecodedCaption[][]> {
    checkRequest(options, request.captions, request.constraints.include.length > 0);
    const inputs = { weights, features };
    return options.method === 'beam'
      ? this.search(inputs, options, request)
      : this.sample(inputs, options, request, firstImage);
  }

  /** Frees the graphs. */
  dispose(): void {
    for (const runner of this.runners.values()) runner.dispose();
    this.runners.clear();
  }

  private async search(
    { weights, features }: Inputs,
    options: DecodingOptions,
    request: CaptionRequest,
  ): Promise<DecodedCaption[][]> {
    const { constraints } = request;
    const automaton = automatonOf(constraints.include);
    const beams = automaton.states * options.beamWidth;
    const count = candidateCount(options, constraints, automaton.states);
    const runner = this.runnerFor(`${beams} ${count}`, beams, likeliest(count));
    const stepper = new Stepper(runner, weights, features, tokenChoice(constraints, automaton));
    const { objects } = this.language;
    const isWeighed = objects && options.objectWeight > 0 && options.diverseGroups === 1;
    // The whole beam is compared with what the image shows, not only its best.
    const wanted = { ...request, captions: isWeighed ? options.beamWidth : request.captions };
    try {
      const found = await beamSearch(stepper, options, wanted, automaton, this.rulesOf(options));
      if (!isWeighed) return found;
      const evidence = await objectEvidence(features[0], objects);
      return found.map((captions, image) =>
        weighObjects(captions, evidence[image], objects, options.objectWeight).slice(0, request.captions),
      );
    } finally {
      stepper.dispose();
    }
  }

  /** Samples until there are so many different ones as are asked for, but not for ever. */
  private async sample(
    { weights, features }: Inputs,
    options: DecodingOptions,
    { captions, constraints: { exclude } }: CaptionRequest,
    firstImage: number,
  ): Promise<DecodedCaption[][]> {
    const runner = this.runnerFor(`all ${captions}`, captions, (p) => ({ logProbabilities: p }));
    let found: DecodedCaption[][] = Array.from({ length: features[0].shape[0] }, () => []);
    for (let round = 0; round < SAMPLING_ROUNDS && found.some(({ length }) => length < captions); round++) {
      const stepper = new Stepper(runner, weights, features);
      try {
        const forbids = this.rulesOf(options);
        const samples = { exclude, forbids, firstImage, firstSample: round * captions };
        const drawn = await sampleCaptions(stepper, options, samples);
        found = found.map((some, image) => differentCaptions([...some, ...drawn[image]]).slice(0, captions));
      } finally {
        stepper.dispose();
      }
    }
    return found.map(byScore);
  }

  private rulesOf({ grammar }: DecodingOptions): Forbids | undefined {
    return grammar ? this.language.forbids : undefined;
  }

  private runnerFor(key: string, beams: number, select: SelectCandidates): CompiledStep {
    const known = this.runners.get(key);
    if (known) return known;
    const runner = new CompiledStep(this.captioners, beams, select);
    this.runners.set(key, runner);
    return runner;
  }
}
