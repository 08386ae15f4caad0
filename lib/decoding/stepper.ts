import * as tf from '@tensorflow/tfjs-core';
import type { Captioner, DecoderState, Weights } from '../captioners/captioner';
import type { Compiled } from '../ops/compiled';
import { kernels } from '../ops/kernels';

/** The tokens that may come next after each caption, with their log-probabilities. */
export type Candidates = {
  logProbabilities: tf.Tensor3D; // [images, beams, candidates]
  /** none: the whole vocabulary, in its order */
  tokens?: tf.Tensor3D; // int32 [images, beams, candidates]
};

/** Chooses what is read back of the log-probabilities of all tokens [images, beams, vocabSize]. */
export type SelectCandidates = (logProbabilities: tf.Tensor3D) => Candidates;

/** What one step reads; weights and state are those of each captioner. */
type StepInputs = {
  weights: readonly Weights[];
  states: readonly DecoderState[];
  /** the last token of each caption */
  tokens: tf.Tensor2D; // int32 [images, beams]
  /** which caption of the same image each of them continues; none: itself */
  parents?: tf.Tensor2D; // int32 [images, beams]
};

type StepOutputs = {
  /** the first captioner's */
  attention: tf.Tensor3D; // [images, beams, regions]
  candidates: Candidates;
  states: DecoderState[];
};

/** One step of decoding with one captioner or several, as a compiled function. */
export class CompiledStep {
  private readonly compiled: Compiled<StepInputs, StepOutputs>;

  /** @param beams captions of each image */
  constructor(
    private readonly captioners: readonly Captioner[],
    readonly beams: number,
    select: SelectCandidates,
  ) {
    this.compiled = kernels().compile(({ weights, states, tokens, parents }: StepInputs): StepOutputs => {
      const steps = captioners.map((captioner, i) => {
        const state = parents ? captioner.reorder(states[i], parents) : states[i];
        return captioner.step(weights[i], state, tokens);
      });
      return {
        attention: steps[0].attention,
        candidates: select(meanLogProbabilities(steps.map(({ logits }) => logits))),
        states: steps.map(({ state }) => state),
      };
    });
  }

  /** The states before the first token. @param features [images, regions, channels] for each captioner */
  start(weights: readonly Weights[], features: readonly tf.Tensor3D[]): DecoderState[] {
    return this.captioners.map((captioner, i) =>
      tf.tidy(() => captioner.initialState(weights[i], features[i], this.beams)),
    );
  }

  /** Reads one more token of each caption; the caller disposes what is returned. */
  step(inputs: StepInputs): StepOutputs {
    return this.compiled(inputs);
  }

  dispose(): void {
    this.compiled.dispose();
  }
}

/** Reads captions of several images token by token and keeps the states between the tokens. */
export class Stepper {
  private states: DecoderState[];
  private parents?: number[];
  readonly images: number;
  readonly beams: number;

  /** @param features [images, regions, channels] for each captioner */
  constructor(
    private readonly runner: CompiledStep,
    private readonly weights: readonly Weights[],
    features: readonly tf.Tensor3D[],
  ) {
    this.states = runner.start(weights, features);
    this.images = features[0].shape[0];
    this.beams = runner.beams;
  }

  /**
   * Reads one token of each caption.
   * @param tokens [images * beams]
   * @returns the candidates [images * beams * candidates] and the attention [images * beams * regions]
   */
  async step(
    tokens: number[],
  ): Promise<{ logProbabilities: Float32Array; tokens: Int32Array; attention: Float32Array }> {
    const idsOf = (values: number[]) => tf.tensor2d(values, [this.images, this.beams], 'int32');
    const inputs: StepInputs = { weights: this.weights, states: this.states, tokens: idsOf(tokens) };
    if (this.parents) inputs.parents = idsOf(this.parents);
    const { attention, candidates, states } = this.runner.step(inputs);
    tf.dispose([this.states, inputs.tokens, inputs.parents ?? []]);
    this.states = states;
    this.parents = undefined;
    const [logProbabilities, weights, ids] = await Promise.all([
      candidates.logProbabilities.data<'float32'>(),
      attention.data<'float32'>(),
      candidates.tokens?.data<'int32'>() ?? new Int32Array(),
    ]);
    tf.dispose([attention, candidates.logProbabilities, candidates.tokens ?? []]);
    return { logProbabilities, tokens: ids, attention: weights };
  }

  /** Lets each place continue another caption of its image at the next step. @param parents [images * beams] */
  reorder(parents: number[]): void {
    this.parents = parents;
  }

  dispose(): void {
    tf.dispose(this.states);
  }
}

/** Logarithm of the mean of several captioners' probabilities. */
function meanLogProbabilities(logits: tf.Tensor3D[]): tf.Tensor3D {
  const each = logits.map((own) => tf.logSoftmax(own));
  if (each.length === 1) return each[0];
  return tf.sub(tf.logSumExp(tf.stack(each), 0), Math.log(each.length));
}
