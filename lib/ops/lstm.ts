import * as tf from '@tensorflow/tfjs-core';
import { kernels } from './kernels';
import { flatten, unflatten } from './nested-tensors';
import { addBias } from './layers';

/** The weights of one direction of an LSTM; the gates stand in Keras' order: input, forget, cell, output. */
export interface LstmWeights {
  kernel: tf.Tensor2D; // [inputs, 4 * units]
  recurrent: tf.Tensor2D; // [units, 4 * units]
  bias: tf.Tensor1D; // [4 * units]
}

/** The activations of one LSTM step that its gradient needs; each is [..., units]. */
export type LstmGates = {
  input: tf.Tensor;
  forget: tf.Tensor;
  candidate: tf.Tensor;
  output: tf.Tensor;
  /** tanh of the new cell state */
  tanhCell: tf.Tensor;
};

export type LstmCell = {
  hidden: tf.Tensor;
  cell: tf.Tensor;
  gates: LstmGates;
};

/**
 * One LSTM step (Hochreiter & Schmidhuber 1997, as in Keras: sigmoid gates, tanh candidate).
 * @param z pre-activations [..., 4 * units] in the order input, forget, candidate, output
 * @param previousCell [..., units], or none for a zero state
 */
export function lstmCell(z: tf.Tensor, previousCell: tf.Tensor | undefined): LstmCell {
  const [zi, zf, zg, zo] = tf.split(z, 4, -1);
  const input = tf.sigmoid(zi);
  const forget = tf.sigmoid(zf);
  const candidate = tf.tanh(zg);
  const output = tf.sigmoid(zo);
  const fresh = tf.mul(input, candidate);
  const cell = previousCell ? tf.add(fresh, tf.mul(forget, previousCell)) : fresh;
  const tanhCell = tf.tanh(cell);
  return {
    hidden: tf.mul(output, tanhCell),
    cell,
    gates: { input, forget, candidate, output, tanhCell },
  };
}

/** `gradient * a * (1 - a)`: through a sigmoid whose value was a. */
function sigmoidGradient(gradient: tf.Tensor, a: tf.Tensor): tf.Tensor {
  return tf.mul(gradient, tf.sub(a, tf.square(a)));
}

/** `gradient * (1 - a^2)`: through a tanh whose value was a. */
function tanhGradient(gradient: tf.Tensor, a: tf.Tensor): tf.Tensor {
  return tf.sub(gradient, tf.mul(gradient, tf.square(a)));
}

/** The gradient of one step by its pre-activations and by the previous cell state. */
export function lstmCellGradient(
  { input, forget, candidate, output, tanhCell }: LstmGates,
  previousCell: tf.Tensor | undefined,
  hiddenGradient: tf.Tensor,
  laterCellGradient: tf.Tensor | undefined,
): { z: tf.Tensor; previousCell: tf.Tensor } {
  const ownCell = tanhGradient(tf.mul(hiddenGradient, output), tanhCell);
  const cell = laterCellGradient ? tf.add(ownCell, laterCellGradient) : ownCell;
  const z = tf.concat(
    [
      sigmoidGradient(tf.mul(cell, candidate), input),
      previousCell ? sigmoidGradient(tf.mul(cell, previousCell), forget) : tf.zerosLike(cell),
      tanhGradient(tf.mul(cell, input), candidate),
      sigmoidGradient(tf.mul(hiddenGradient, tanhCell), output),
    ],
    -1,
  );
  return { z, previousCell: tf.mul(cell, forget) };
}

/** `[n, batch, a] x [a, b] -> [n, batch, b]` as one plain matmul. */
function matMul3d(x: tf.Tensor3D, matrix: tf.Tensor2D, transpose = false): tf.Tensor3D {
  const [n, batch, size] = x.shape;
  const flat = tf.matMul(tf.reshape<tf.Rank.R2>(x, [n * batch, size]), matrix, false, transpose);
  return tf.reshape(flat, [n, batch, transpose ? matrix.shape[0] : matrix.shape[1]]);
}

/** The LSTM's input matmul and bias: `[steps, batch, inputs] -> [steps, batch, 4 * units]`. */
export function lstmInput(x: tf.Tensor3D, { kernel, bias }: LstmWeights): tf.Tensor3D {
  return addBias(matMul3d(x, kernel), bias);
}

/**
 * One step for decoding, without a gradient.
 * @param z the step's input with kernel and bias applied [..., 4 * units]
 * @param state hidden and cell [..., units], or none at the start
 */
export function lstmStep(
  z: tf.Tensor,
  recurrent: tf.Tensor2D,
  state?: { hidden: tf.Tensor; cell: tf.Tensor },
): { hidden: tf.Tensor; cell: tf.Tensor } {
  if (!state) return lstmCell(z, undefined);
  const rows = tf.reshape<tf.Rank.R2>(state.hidden, [-1, recurrent.shape[0]]);
  return lstmCell(tf.add(z, tf.reshape(tf.matMul(rows, recurrent), z.shape)), state.cell);
}

/**
 * An LSTM over whole sequences, from a zero state (Keras' `LSTM(units, return_sequences=True)`). The gradient by the
 * weights is one matmul over all steps: compiled, that is faster than TensorFlow's BlockLSTMV2, which adds it up step
 * by step.
 * @param x [steps, batch, inputs]
 * @returns all hidden states [steps, batch, units], differentiable
 */
export function lstm(x: tf.Tensor3D, weights: LstmWeights): tf.Tensor3D {
  const operation = tf.customGrad((...args) => {
    const [inputs, matrix, save] = args as unknown as [tf.Tensor3D, tf.Tensor2D, tf.GradSaveFunc];
    const trail: LstmCell[] = [];
    for (const own of tf.unstack(inputs)) {
      const before = trail.at(-1);
      const z = before ? tf.add(own, tf.matMul(before.hidden as tf.Tensor2D, matrix)) : own;
      trail.push(lstmCell(z, before?.cell));
    }
    save([matrix, ...flatten(trail)]);
    const value = tf.stack(trail.map((s) => s.hidden));
    const gradFunc = (gradient: tf.Tensor, [savedMatrix, ...tensors]: tf.Tensor[]) =>
      lstmBackward(gradient, savedMatrix as tf.Tensor2D, unflatten(trail, tensors));
    return { value, gradFunc };
  });
  const states: tf.Tensor = operation(lstmInput(x, weights), weights.recurrent);
  return states as tf.Tensor3D; // [steps, batch, units]
}

/** The gradients by the inputs with kernel and bias applied and by the recurrent kernel. */
function lstmBackward(gradient: tf.Tensor, recurrent: tf.Tensor2D, trail: LstmCell[]): tf.Tensor[] {
  const own = tf.unstack(gradient);
  const blocks = new Array<tf.Tensor2D>(trail.length); // [batch, 4 * units] each
  let laterCell: tf.Tensor | undefined;
  for (let s = trail.length - 1; s >= 0; s--) {
    const later = blocks[s + 1] as tf.Tensor2D | undefined;
    const hidden = later ? tf.add(own[s], tf.matMul(later, recurrent, false, true)) : own[s];
    const step = lstmCellGradient(trail[s].gates, trail[s - 1]?.cell, hidden, laterCell);
    blocks[s] = step.z as tf.Tensor2D;
    laterCell = step.previousCell;
  }
  if (trail.length === 1) return [tf.stack(blocks), tf.zerosLike(recurrent)];
  const before = tf.concat(trail.slice(0, -1).map((s) => s.hidden as tf.Tensor2D)); // [(steps - 1) * batch, units]
  return [tf.stack(blocks), tf.matMul(before, tf.concat(blocks.slice(1)), true)];
}

/**
 * LSTMs over all prefixes of a caption at once, as one batch that shrinks.
 *
 * Of `steps` sequences, sequence t has t + 1 steps. Step s works on the sequences s, s + 1, ... that are
 * still running, so the leading one ends at each step. The input of step s is either a slice of its own
 * (`packed`: blocks of steps, steps - 1, ..., 1 rows) or, where sequence t reads the tokens t, t - 1, ..., 0,
 * the first `steps - s` rows of one shared tensor: all prefixes read backwards share their input matmuls.
 *
 * The weight gradient is one matmul over all steps. Its correctness is tested against finite differences.
 *
 * @param z inputs with kernel and bias applied: shared [steps, batch, 4 * units] or
 *   packed [steps * (steps + 1) / 2, batch, 4 * units]
 * @param recurrent [units, 4 * units]
 * @returns hidden states of all steps, packed [steps * (steps + 1) / 2, batch, units]
 */
export function shrinkingLstm(z: tf.Tensor3D, recurrent: tf.Tensor2D, steps: number): tf.Tensor3D {
  const packed = z.shape[0] !== steps;
  const operation = tf.customGrad((...args) => {
    const [inputs, matrix, save] = args as unknown as [tf.Tensor3D, tf.Tensor2D, tf.GradSaveFunc];
    const trail = runForward(inputs, matrix, steps, packed);
    save([matrix, ...flatten(trail)]);
    const value = tf.concat(trail.map((s) => s.hidden as tf.Tensor3D));
    const gradFunc = (gradient: tf.Tensor, saved: tf.Tensor[]) => {
      const [savedMatrix, ...tensors] = saved;
      return runBackward(
        gradient as tf.Tensor3D,
        savedMatrix as tf.Tensor2D,
        unflatten(trail, tensors),
        packed,
      );
    };
    return { value, gradFunc };
  });
  const states: tf.Tensor = operation(z, recurrent);
  return states as tf.Tensor3D;
}

/** The first row of each block of a packed tensor: what is there at step s of sequence s, its last one. */
export function lastOfEach(packed: tf.Tensor3D, steps: number): tf.Tensor3D {
  const rows = Array.from({ length: steps }, (_, s) => blockStart(s, steps));
  return kernels().gather(packed, tf.tensor1d(rows, 'int32')) as tf.Tensor3D; // [steps, batch, units]
}

/** Where the block of step s begins in a packed tensor. */
export function blockStart(s: number, steps: number): number {
  return s * steps - (s * (s - 1)) / 2;
}

function runForward(z: tf.Tensor3D, recurrent: tf.Tensor2D, steps: number, packed: boolean): LstmCell[] {
  const trail: LstmCell[] = [];
  for (let s = 0; s < steps; s++) {
    const own = tf.slice(z, packed ? blockStart(s, steps) : 0, steps - s); // [running, batch, 4 * units]
    const before = trail[s - 1];
    if (!before) {
      trail.push(lstmCell(own, undefined));
      continue;
    }
    const hidden = tf.slice(before.hidden, 1) as tf.Tensor3D; // [running, batch, units]
    trail.push(lstmCell(tf.add(own, matMul3d(hidden, recurrent)), tf.slice(before.cell, 1)));
  }
  return trail;
}

function runBackward(
  gradient: tf.Tensor3D,
  recurrent: tf.Tensor2D,
  trail: LstmCell[],
  packed: boolean,
): [tf.Tensor3D, tf.Tensor2D] {
  const steps = trail.length;
  const blocks = new Array<tf.Tensor3D>(steps);
  let shared: tf.Tensor | undefined;
  let later: { hidden: tf.Tensor; cell: tf.Tensor } | undefined; // [running - 1, batch, units]
  for (let s = steps - 1; s >= 0; s--) {
    let hidden: tf.Tensor = tf.slice(gradient, blockStart(s, steps), steps - s);
    let cell: tf.Tensor | undefined;
    if (later) {
      hidden = tf.add(hidden, afterEnded(later.hidden));
      cell = afterEnded(later.cell);
    }
    const previousCell = s > 0 ? tf.slice(trail[s - 1].cell, 1) : undefined;
    const own = lstmCellGradient(trail[s].gates, previousCell, hidden, cell);
    blocks[s] = own.z as tf.Tensor3D;
    if (!packed) shared = shared ? tf.add(own.z, beforeLast(shared)) : own.z;
    if (s > 0) later = { hidden: matMul3d(blocks[s], recurrent, true), cell: own.previousCell };
  }
  const inputGradient = packed ? tf.concat(blocks) : (shared as tf.Tensor3D);
  return [inputGradient, recurrentGradient(trail, blocks, recurrent)];
}

/** A row of zeros before the others: the leading sequence ended at this step. */
function afterEnded(x: tf.Tensor): tf.Tensor {
  return tf.concat([tf.zeros([1, ...x.shape.slice(1)]), x]);
}

/** A row of zeros behind the others: the last token was not read by the later step. */
function beforeLast(x: tf.Tensor): tf.Tensor {
  return tf.concat([x, tf.zeros([1, ...x.shape.slice(1)])]);
}

/** One large matmul over all steps instead of a sum of small ones. */
function recurrentGradient(trail: LstmCell[], blocks: tf.Tensor3D[], recurrent: tf.Tensor2D): tf.Tensor2D {
  if (trail.length === 1) return tf.zerosLike(recurrent);
  const [units, gates] = recurrent.shape;
  const hidden = trail.slice(0, -1).map((s) => tf.reshape(tf.slice(s.hidden, 1), [-1, units]));
  const pre = blocks.slice(1).map((block) => tf.reshape(block, [-1, gates]));
  return tf.matMul(tf.concat(hidden), tf.concat(pre), true);
}
