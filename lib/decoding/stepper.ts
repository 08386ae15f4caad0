import * as tf from '@tensorflow/tfjs-core';
import type { Captioner, DecoderState, Weights } from '../captioners/captioner';
import type { Compiled } from '../ops/compiled';
import { kernels } from '../ops/kernels';
import type { Candidates, SelectCandidates, TokenChoice } from './candidates';

/** What one step reads; weights and state are those of each captioner. */
type StepInputs = {
  weights: readonly Weights[];
  states: readonly DecoderState[];
  /** the last token of each caption */
  tokens: tf.Tensor2D; // int32 [images, beams]
  /** which caption of the same image each of them continues; none: itself */
  parents?: tf.Tensor2D; // int32 [images, beams]
  choice: TokenChoice;
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
    this.compiled = kernels().compile(
      ({ weights, states, tokens, parents, choice }: StepInputs): StepOutputs => {
        const steps = captioners.map((captioner, i) => {
          const state = parents ? captioner.reorder(states[i], parents) : states[i];
          return captioner.step(weights[i], state, tokens);
        });
        return {
          attention: steps[0].attention,
          candidates: select(meanLogProbabilities(steps.map(({ logits }) => logits)), choice),
          states: steps.map(({ state }) => state),
        };
      },
    );
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

  /**
   * @param features [images, regions, channels] for each captioner
   * @param choice which tokens are read back, besides the likeliest; the stepper disposes it
   */
  constructor(
    private readonly runner: CompiledStep,
    private readonly weights: readonly Weights[],
    features: readonly tf.Tensor3D[],
    private readonly choice: TokenChoice = {},
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
    const { weights, states: before, choice } = this;
    const inputs: StepInputs = { weights, states: before, tokens: idsOf(tokens), choice };
    if (this.parents) inputs.parents = idsOf(this.parents);
    const { attention, candidates, states } = this.runner.step(inputs);
    tf.dispose([before, inputs.tokens, inputs.parents ?? []]);
    this.states = states;
    this.parents = undefined;
    const [logProbabilities, looked, ids] = await Promise.all([
      candidates.logProbabilities.data<'float32'>(),
      attention.data<'float32'>(),
      candidates.tokens?.data<'int32'>() ?? new Int32Array(),
    ]);
    tf.dispose([attention, candidates.logProbabilities, candidates.tokens ?? []]);
    return { logProbabilities, tokens: ids, attention: looked };
  }

  /** Lets each place continue another caption of its image at the next step. @param parents [images * beams] */
  reorder(parents: number[]): void {
    this.parents = parents;
  }

  dispose(): void {
    tf.dispose([this.states, this.choice]);
  }
}

/** Logarithm of the mean of several captioners' probabilities. */
function meanLogProbabilities(logits: tf.Tensor3D[]): tf.Tensor3D {
  const each = logits.map((own) => tf.logSoftmax(own));
  if (each.length === 1) return each[0];
  return tf.sub(tf.logSumExp(tf.stack(each), 0), Math.log(each.length));
}
