import * as tf from '@tensorflow/tfjs-core';
import type { Captioner, DecoderState, Weights } from '../captioners/captioner';
import type { Compiled } from '../ops/compiled';
import { kernels } from '../ops/kernels';

/** Makes of the log-probabilities [images, beams, words] the tensors that are read back. */
export type SelectTokens = (logProbabilities: tf.Tensor3D) => tf.Tensor[];

/** A state of each captioner. */
type States = DecoderState[];

/** One step of decoding with one captioner or several, as compiled functions. */
export class CompiledStep {
  private readonly compiled = new Map<string, { run: Compiled; names: string[][] }>();

  /** @param beams captions of each image */
  constructor(
    private readonly captioners: readonly Captioner[],
    readonly beams: number,
    private readonly select: SelectTokens,
  ) {}

  /** The states before the first word. @param features [images, regions, channels] for each captioner */
  start(weights: readonly Weights[], features: readonly tf.Tensor3D[]): States {
    return this.captioners.map((captioner, i) =>
      tf.tidy(() => captioner.initialState(weights[i], features[i], this.beams)),
    );
  }

  /**
   * @param tokens the last word of each caption, int32 [images, beams]
   * @param parents which caption of the same image each of them continues, int32 [images, beams]; the same where
   *   there is none
   * @returns attention [images, beams, regions] of the first captioner, what `choose` makes, and the next states
   */
  step(
    weights: readonly Weights[],
    states: States,
    tokens: tf.Tensor2D,
    parents: tf.Tensor2D | undefined,
  ): { attention: tf.Tensor; chosen: tf.Tensor[]; states: States } {
    const names = states.map((state) => Object.keys(state));
    const key = `${JSON.stringify(names)} ${parents !== undefined}`;
    const step = this.compiled.get(key) ?? this.compile(names, parents !== undefined);
    this.compiled.set(key, step);
    const results = step.run([
      ...this.captioners.flatMap(({ specs }, i) => Object.keys(specs).map((name) => weights[i][name])),
      ...states.flatMap((state) => Object.values(state)),
      tokens,
      ...(parents ? [parents] : []),
    ]);
    const count = step.names.flat().length;
    const [attention, ...selected] = results.slice(0, results.length - count);
    return {
      attention,
      chosen: selected,
      states: inNames(results.slice(results.length - count), step.names),
    };
  }

  dispose(): void {
    for (const { run } of this.compiled.values()) run.dispose();
  }

  /** @param names of the tensors of each captioner's state */
  private compile(names: string[][], reorders: boolean): { run: Compiled; names: string[][] } {
    const weightNames = this.captioners.map(({ specs }) => Object.keys(specs));
    const compiled: { run: Compiled; names: string[][] } = {
      // Known once the function has run: which tensors a state has depends on those that it had alone.
      names: [],
      run: kernels().compile((...tensors) => {
        const [tokens, parents] = (reorders ? tensors.slice(-2) : tensors.slice(-1)) as tf.Tensor2D[];
        const weights = inNames(tensors, weightNames);
        const states = inNames(tensors.slice(weightNames.flat().length), names);
        const steps = this.captioners.map((captioner, i) => {
          const state = parents ? captioner.reorder(states[i], parents) : states[i];
          return captioner.step(weights[i], state, tokens);
        });
        compiled.names = steps.map(({ state }) => Object.keys(state));
        const selected = this.select(meanLogProbabilities(steps.map(({ logits }) => logits)));
        return [steps[0].attention, ...selected, ...steps.flatMap(({ state }) => Object.values(state))];
      }),
    };
    return compiled;
  }
}

/** Reads captions of several images word by word and keeps the tensors between the words. */
export class Stepper {
  private states: States;
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
   * Reads one word of each caption.
   * @param tokens [images * beams]
   * @returns the values of what was chosen, and the attention [images * beams * regions]
   */
  async step(tokens: number[]): Promise<{ values: Float32Array[]; attention: Float32Array }> {
    const places = (values: number[]) => tf.tensor2d(values, [this.images, this.beams], 'int32');
    const ids = places(tokens);
    const parents = this.parents && places(this.parents);
    const { attention, chosen: selected, states } = this.runner.step(this.weights, this.states, ids, parents);
    tf.dispose([this.states, ids, parents ?? []]);
    this.states = states;
    this.parents = undefined;
    const read = await Promise.all([attention, ...selected].map((x) => x.data()));
    tf.dispose([attention, ...selected]);
    return { attention: read[0] as Float32Array, values: read.slice(1) as Float32Array[] };
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

/** Takes tensors off the front of a list, so many for each captioner, and names them. */
function inNames(tensors: tf.Tensor[], names: string[][]): Record<string, tf.Tensor>[] {
  let at = 0;
  return names.map((own) => Object.fromEntries(own.map((name) => [name, tensors[at++]])));
}
