import * as tf from '@tensorflow/tfjs-core';
import type { Captioner, Weights } from '../captioners/captioner';
import { compile } from '../native/graph/compile';
import { compileWithState, type CompiledWithState } from '../native/graph/compile-with-state';
import { matmulPrecision } from '../native/precision';
import type { Compiled } from '../ops/compiled';
import { mapTensors } from '../ops/nested-tensors';
import {
  optimizerStep,
  ratesAsTensors,
  type Moments,
  type OptimizerInputs,
  type OptimizerState,
  type StepRates,
  type WeightUpdates,
} from './optimizer';
import { gradientStep, type BatchTensors, type StepInputs, type StepOptions } from './step';

/**
 * A captioner's weights while they are trained. A step is two graphs: one for the gradients, made for each shape of
 * batches, and one for the optimizer, whose moving averages stay inside TensorFlow from step to step.
 */
export class Learner {
  private current: Weights;
  private readonly gradients: Compiled<
    { weights: Weights; batch: StepInputs },
    { loss: tf.Scalar; updates: WeightUpdates }
  >;
  private readonly optimizer: CompiledWithState<Moments, OptimizerInputs, Weights>;

  /** @param state where training starts or resumes; it becomes this learner's own */
  constructor(
    captioner: Captioner,
    options: StepOptions & { precision: 'float32' | 'bfloat16' },
    { weights, ...moments }: OptimizerState,
  ) {
    this.current = weights;
    this.gradients = compile(gradientStep(captioner, options), {
      precision: matmulPrecision(options.precision),
      name: 'the training step',
    });
    this.optimizer = compileWithState(optimizerStep(captioner.specs, options), moments, {
      name: 'the optimizer',
    });
    tf.dispose(moments);
  }

  /** The weights; they are disposed at the next step. */
  get weights(): Weights {
    return this.current;
  }

  /**
   * Learns from a batch. Where loss or gradients are not finite, nothing is learned.
   * @param batch its tensors, which the caller keeps
   * @param seed of dropout and scheduled sampling: other numbers for each step
   * @returns the mean loss of a token before the step, and the norm of all gradients
   */
  step(
    batch: BatchTensors,
    seed: [number, number],
    rates: StepRates<number>,
  ): { loss: number; norm: number } {
    const others = { seed: tf.tensor1d(seed, 'int32'), rates: ratesAsTensors(rates) };
    const { loss: lossTensor, updates } = this.gradients({
      weights: this.current,
      batch: { ...batch, ...others },
    });
    const [loss] = lossTensor.dataSync<'float32'>();
    const [norm] = updates.norm.dataSync<'float32'>();
    if (Number.isFinite(loss) && Number.isFinite(norm)) {
      const weights = this.current;
      this.current = this.optimizer({ weights, updates, rates: others.rates });
      tf.dispose(weights);
    }
    tf.dispose([lossTensor, updates, others]);
    return { loss, norm };
  }

  /** All that a training needs to resume here, as tensors that the caller disposes. */
  state(): OptimizerState {
    return { weights: mapTensors(this.current, (x) => tf.clone(x)), ...this.optimizer.state() };
  }

  /** The weights to be evaluated: their EMA where there is one. The caller disposes them. */
  evaluationWeights(): Weights {
    const { weights, momentum, variance, ema } = this.state();
    tf.dispose([momentum, variance, ema ? weights : {}]);
    return ema ?? weights;
  }

  dispose(): void {
    this.gradients.dispose();
    this.optimizer.dispose();
    tf.dispose(this.current);
  }
}
