import * as tf from '@tensorflow/tfjs-core';
import type { Captioner } from '../captioners/captioner';
import { compile } from '../native/graph/compile';
import { compileWithState, type CompiledWithState } from '../native/graph/compile-with-state';
import { matmulPrecision } from '../native/precision';
import type { Compiled } from '../ops/compiled';
import { optimizerInputs, optimizerStep, packState, unpackState, type OptimizerState } from './optimizer';
import { gradientStep, type StepOptions } from './step';

/**
 * A captioner's weights while they are learnt. A step is two graphs: one for the gradients, made for each length of
 * captions, and one for the optimizer, whose moving averages stay inside TensorFlow from step to step.
 */
export class Learner {
  private current: tf.Tensor[];
  private readonly gradients: Compiled;
  private readonly optimizer: CompiledWithState;
  private readonly averaging: boolean;

  /** @param state where learning starts or goes on; it becomes this learner's own */
  constructor(
    captioner: Captioner,
    options: StepOptions & { precision: 'float32' | 'bfloat16' },
    { weights, ...others }: OptimizerState,
  ) {
    const specs = Object.values(captioner.specs);
    this.averaging = options.emaDecay > 0;
    this.current = weights;
    this.gradients = compile(gradientStep(captioner, options), {
      precision: matmulPrecision(options.precision),
      name: 'the training step',
    });
    const moving = packState({ weights: [], ...others });
    this.optimizer = compileWithState(optimizerStep(specs, options), moving, { name: 'the optimizer' });
    tf.dispose(moving);
  }

  /** The weights, in the order of the captioner's names; they are disposed at the next step. */
  get weights(): readonly tf.Tensor[] {
    return this.current;
  }

  /**
   * Learns from a batch. Where loss or gradients are no numbers, nothing is learnt.
   * @param batch its tensors in the order of `StepInputs`; the caller keeps them
   * @returns the mean loss of a word before the step, and the norm of all gradients
   */
  step(batch: tf.Tensor[]): { loss: number; norm: number } {
    const [lossTensor, normTensor, ...changes] = this.gradients([...this.current, ...batch]);
    const [loss] = lossTensor.dataSync<'float32'>();
    const [norm] = normTensor.dataSync<'float32'>();
    if (Number.isFinite(loss) && Number.isFinite(norm)) {
      const before = this.current;
      this.current = this.optimizer(optimizerInputs(before, changes, normTensor, batch[batch.length - 1]));
      tf.dispose(before);
    }
    tf.dispose([lossTensor, normTensor, changes]);
    return { loss, norm };
  }

  /** All that a training needs to go on from here, as tensors that the caller disposes. */
  state(): OptimizerState {
    return unpackState([...this.current.map((x) => tf.clone(x)), ...this.optimizer.state()], this.averaging);
  }

  /** The weights to be evaluated: their moving average where there is one. The caller disposes them. */
  evaluationWeights(): tf.Tensor[] {
    const { average, ...others } = this.state();
    if (!this.averaging) {
      tf.dispose([others.momentum, others.variance]);
      return others.weights;
    }
    tf.dispose([others.weights, others.momentum, others.variance]);
    return average;
  }

  dispose(): void {
    this.gradients.dispose();
    this.optimizer.dispose();
    tf.dispose(this.current);
  }
}
