import * as tf from '@tensorflow/tfjs-core';
import { kernels } from './kernels';
import { lstmCell, lstmCellGradient, type LstmGates } from './lstm';
import { flatten, unflatten } from './nested-tensors';

/*
 * An LSTM with soft attention over the regions of an image before each token (Xu et al. 2015, "Show, Attend and
 * Tell"); the attention is additive (Bahdanau et al. 2015).
 *
 *   energies = tanh(keys + W h)             h: the hidden state after the previous token
 *   scores   = v . energies
 *   context  = sigmoid(w h) * sum(softmax(scores) * regions)
 *   h, cell  = LSTM([token, context])
 *
 * The gradient is in closed form: that of each weight is one matmul over all steps.
 */

/** The weights of the recurrence. */
export interface AttentionLstmWeights {
  /** projects the hidden state to query, gate of the context and the LSTM's recurrent part */
  state: tf.Tensor2D; // [units, attentionUnits + 1 + 4 * units]
  stateBias: tf.Tensor1D; // [attentionUnits + 1 + 4 * units]
  score: tf.Tensor2D; // [attentionUnits, 1]
  /** the LSTM's kernel for the context */
  contextKernel: tf.Tensor2D; // [width, 4 * units]
}

/** What the attention reads of an image. */
export interface ImageMemory {
  regions: tf.Tensor3D; // [images, regions, width]
  keys: tf.Tensor3D; // [images, regions, attentionUnits]
}

export type AttentionLstmState = {
  hidden: tf.Tensor2D; // [rows, units]
  cell: tf.Tensor2D; // [rows, units]
};

/** The values of one step; rows = images * captions of each image. */
type Step = AttentionLstmState & {
  gates: LstmGates;
  energies: tf.Tensor4D; // [images, captions, regions, attentionUnits]
  attention: tf.Tensor3D; // [images, captions, regions]
  context: tf.Tensor2D; // [rows, width]
  gate: tf.Tensor2D; // [rows, 1]
  gatedContext: tf.Tensor2D; // [rows, width]
};

/**
 * One step.
 * @param input the token's share of the LSTM's pre-activations [rows, 4 * units]
 */
export function attentionLstmStep(
  input: tf.Tensor2D,
  image: ImageMemory,
  past: AttentionLstmState,
  weights: AttentionLstmWeights,
): Step {
  const rows = input.shape[0];
  const [images, regions, width] = image.regions.shape;
  const attentionUnits = image.keys.shape[2];
  const captions = rows / images;
  const projected = tf.add(tf.matMul(past.hidden, weights.state), weights.stateBias);
  const [query, gateLogit, recurrent] = tf.split(projected, [attentionUnits, 1, input.shape[1]], 1);
  const keys = tf.reshape(image.keys, [images, 1, regions, attentionUnits]);
  const energies = tf.tanh(tf.add(keys, tf.reshape(query, [images, captions, 1, attentionUnits])));
  const scores = tf.matMul(tf.reshape(energies, [-1, attentionUnits]), weights.score);
  const attention = tf.softmax(tf.reshape<tf.Rank.R3>(scores, [images, captions, regions]));
  const context = tf.reshape<tf.Rank.R2>(tf.matMul(attention, image.regions), [rows, width]);
  const gate = tf.sigmoid(gateLogit);
  const gatedContext = tf.mul(gate, context);
  const z = tf.add(
    tf.add(input, recurrent),
    tf.matMul<tf.Tensor2D>(gatedContext as tf.Tensor2D, weights.contextKernel),
  );
  return {
    ...(lstmCell(z, past.cell) as AttentionLstmState & { gates: LstmGates }),
    ...{ energies, attention, context, gate, gatedContext },
  } as Step;
}

/**
 * All steps of captions whose tokens are known (teacher forcing).
 * @param inputs the tokens' share of the LSTM's pre-activations [steps, rows, 4 * units]
 * @returns hidden [steps, rows, units], context [steps, rows, width] and attention [steps, rows, regions]
 */
export function attentionLstm(
  inputs: tf.Tensor3D,
  image: ImageMemory,
  start: AttentionLstmState,
  weights: AttentionLstmWeights,
): { hidden: tf.Tensor3D; context: tf.Tensor3D; attention: tf.Tensor3D } {
  const operation = tf.customGrad((...args) => {
    const save = args.pop() as unknown as tf.GradSaveFunc;
    const operands = args as tf.Tensor[];
    const trail = runForward(operands);
    save([...operands, ...flatten(trail)]);
    const gradFunc = (gradient: tf.Tensor, saved: tf.Tensor[]) =>
      runBackward(
        gradient as tf.Tensor3D,
        saved.slice(0, operands.length),
        unflatten(trail, saved.slice(operands.length)),
      );
    return { value: tf.stack(trail.map(joined)), gradFunc };
  });
  const { state, stateBias, score, contextKernel } = weights;
  const { regions, keys } = image;
  const all: tf.Tensor = operation(
    inputs,
    regions,
    keys,
    start.hidden,
    start.cell,
    state,
    stateBias,
    score,
    contextKernel,
  );
  const parts = tf.split(
    all,
    [start.hidden.shape[1], regions.shape[2], regions.shape[1]],
    2,
  ) as tf.Tensor3D[];
  return { hidden: parts[0], context: parts[1], attention: parts[2] };
}

/** A step's results side by side, since a custom gradient belongs to one tensor: [rows, units + width + regions]. */
function joined({ hidden, gatedContext, attention }: Step): tf.Tensor {
  return tf.concat([hidden, gatedContext, tf.reshape(attention, [hidden.shape[0], -1])], 1);
}

/** The operands of the operation by name. */
function named(operands: tf.Tensor[]) {
  const [inputs, regions, keys, hidden, cell, state, stateBias, score, contextKernel] = operands;
  return {
    inputs: inputs as tf.Tensor3D,
    image: { regions, keys } as ImageMemory,
    start: { hidden, cell } as AttentionLstmState,
    weights: { state, stateBias, score, contextKernel } as AttentionLstmWeights,
  };
}

function runForward(operands: tf.Tensor[]): Step[] {
  const { inputs, image, start, weights } = named(operands);
  const trail: Step[] = [];
  for (const input of tf.unstack(inputs))
    trail.push(attentionLstmStep(input as tf.Tensor2D, image, trail.at(-1) ?? start, weights));

  return trail;
}

/** The gradients of one step by its inputs. */
interface StepGradient {
  z: tf.Tensor2D; // [rows, 4 * units]
  context: tf.Tensor3D; // [images, captions, width]
  projected: tf.Tensor2D; // [rows, attentionUnits + 1 + 4 * units]
  /** by the keys, still without the score's weights */
  keys: tf.Tensor3D; // [images, regions, attentionUnits]
  score: tf.Tensor2D; // [1, attentionUnits]
  hidden: tf.Tensor2D; // [rows, units]
  cell: tf.Tensor; // [rows, units]
}

/** The gradients by all operands, in their order. */
function runBackward(gradient: tf.Tensor3D, operands: tf.Tensor[], trail: Step[]): tf.Tensor[] {
  const { image, start, weights } = named(operands);
  const units = start.hidden.shape[1];
  const [images, regions, width] = image.regions.shape;
  const gradients = new Array<StepGradient>(trail.length);
  tf.unstack(gradient)
    .map((own) => tf.split(own, [units, width, regions], 1))
    .reverse()
    .forEach(([hidden, context, attention], i) => {
      const s = trail.length - 1 - i;
      const later = gradients[s + 1] as StepGradient | undefined;
      const whole = later ? tf.add(hidden, later.hidden) : hidden;
      const upstream = { hidden: whole, cell: later?.cell, context, attention };
      gradients[s] = stepBackward(upstream, trail[s], trail[s - 1] ?? start, image, weights);
    });
  const projected = tf.concat(gradients.map((g) => g.projected)); // [steps * rows, attentionUnits + 1 + 4 * units]
  const states = tf.concat([start, ...trail.slice(0, -1)].map((s) => s.hidden)); // [steps * rows, units]
  const attention = tf.concat(
    trail.map((s) => s.attention),
    1,
  ); // [images, steps * captions, regions]
  const context = tf.concat(
    gradients.map((g) => g.context),
    1,
  ); // [images, steps * captions, width]
  const keys = tf.mul(tf.addN(gradients.map((g) => g.keys)), rowOf(weights.score));
  return [
    tf.stack(gradients.map((g) => g.z)),
    tf.matMul(attention, context, true),
    tf.reshape(keys, [images, regions, -1]),
    gradients[0].hidden,
    gradients[0].cell,
    tf.matMul(states, projected, true),
    kernels().sumRows(projected),
    tf.reshape(tf.addN(gradients.map((g) => g.score)), weights.score.shape),
    tf.matMul(tf.concat(trail.map((s) => s.gatedContext)), tf.concat(gradients.map((g) => g.z)), true),
  ];
}

/** `[n, 1] -> [n]`. */
function rowOf(column: tf.Tensor2D): tf.Tensor1D {
  return tf.reshape(column, [-1]);
}

function stepBackward(
  upstream: { hidden: tf.Tensor; cell?: tf.Tensor; context: tf.Tensor; attention: tf.Tensor },
  { gates, energies, attention, context, gate }: Step,
  past: AttentionLstmState,
  { regions }: ImageMemory,
  weights: AttentionLstmWeights,
): StepGradient {
  const attentionUnits = energies.shape[3];
  const byCell = lstmCellGradient(gates, past.cell, upstream.hidden, upstream.cell);
  const z = byCell.z as tf.Tensor2D;
  const byGatedContext = tf.add(tf.matMul(z, weights.contextKernel, false, true), upstream.context); // [rows, width]
  // through gate * context, and the gate's sigmoid
  const byGate = tf.sum(tf.mul(byGatedContext, context), 1, true); // [rows, 1]
  const gateLogit = tf.mul(byGate, tf.sub(gate, tf.square(gate)));
  const byContext = tf.reshape<tf.Rank.R3>(tf.mul(byGatedContext, gate), [
    ...attention.shape.slice(0, 2),
    -1,
  ] as never);
  // through the weighted sum and the softmax
  const own = tf.reshape(upstream.attention, attention.shape);
  const byAttention = tf.add(tf.matMul(byContext, regions, false, true), own);
  const scaled = tf.mul(byAttention, attention);
  const scores = tf.sub(scaled, tf.mul(attention, tf.sum(scaled, 2, true))); // [images, captions, regions]
  // through score * tanh(keys + query)
  const column = tf.reshape<tf.Rank.R2>(scores, [-1, 1]);
  const flat = tf.reshape<tf.Rank.R2>(energies, [-1, attentionUnits]);
  const inner = tf.mul(tf.expandDims(scores, 3), tf.sub(1, tf.square(energies)));
  const query = tf.mul(tf.reshape(tf.sum(inner, 2), [-1, attentionUnits]), rowOf(weights.score));
  const projected = tf.concat([query, gateLogit, z], 1) as tf.Tensor2D;
  return {
    z,
    context: byContext,
    projected,
    keys: tf.sum(inner, 1),
    score: tf.matMul(column, flat, true), // a row: as a column it takes three times as long
    hidden: tf.matMul(projected, weights.state, false, true),
    cell: byCell.previousCell,
  };
}
