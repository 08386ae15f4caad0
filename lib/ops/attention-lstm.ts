import * as tf from '@tensorflow/tfjs-core';
import { kernels } from './kernels';
import { lstmCell, lstmCellGradient, type LstmGates } from './lstm';

/*
 * An LSTM that looks at the regions of a picture before each word: soft attention of Xu et al. 2015 ("Show, Attend
 * and Tell"), additive as in Bahdanau et al. 2015.
 *
 *   scores  = v . tanh(keys + W h)          h: the state after the word before
 *   context = sigmoid(w h) * sum of softmax(scores) * regions
 *   h, cell = LSTM([word, context])
 *
 * The gradient is in closed form: that of every weight is one product over all steps.
 */

/** The weights of the recurrence. */
export interface AttentionLstmWeights {
  /** what the state says: query, gate of the context, the LSTM's recurrent part */
  state: tf.Tensor2D; // [units, attentionUnits + 1 + 4 * units]
  stateBias: tf.Tensor1D; // [attentionUnits + 1 + 4 * units]
  score: tf.Tensor2D; // [attentionUnits, 1]
  /** the LSTM's kernel for the context */
  context: tf.Tensor2D; // [width, 4 * units]
}

/** A picture as the attention sees it. */
export interface Picture {
  regions: tf.Tensor3D; // [images, regions, width]
  keys: tf.Tensor3D; // [images, regions, attentionUnits]
}

export interface AttentionLstmState {
  hidden: tf.Tensor2D; // [rows, units]
  cell: tf.Tensor2D; // [rows, units]
}

/** What one step gives; rows = images * captions of each image. */
interface Step extends AttentionLstmState {
  gates: LstmGates;
  asked: tf.Tensor4D; // [images, captions, regions, attentionUnits]
  attention: tf.Tensor3D; // [images, captions, regions]
  seen: tf.Tensor2D; // [rows, width]
  gate: tf.Tensor2D; // [rows, 1]
  context: tf.Tensor2D; // [rows, width]
}

/**
 * One step.
 * @param word what the word says to the LSTM [rows, 4 * units]
 */
export function attentionLstmStep(
  word: tf.Tensor2D,
  picture: Picture,
  before: AttentionLstmState,
  weights: AttentionLstmWeights,
): Step {
  const rows = word.shape[0];
  const [images, regions, width] = picture.regions.shape;
  const attentionUnits = picture.keys.shape[2];
  const captions = rows / images;
  const told = tf.add(tf.matMul(before.hidden, weights.state), weights.stateBias);
  const [query, opening, recurrent] = tf.split(told, [attentionUnits, 1, word.shape[1]], 1);
  const keys = tf.reshape(picture.keys, [images, 1, regions, attentionUnits]);
  const asked = tf.tanh(tf.add(keys, tf.reshape(query, [images, captions, 1, attentionUnits])));
  const scores = tf.matMul(tf.reshape(asked, [-1, attentionUnits]), weights.score);
  const attention = tf.softmax(tf.reshape<tf.Rank.R3>(scores, [images, captions, regions]));
  const seen = tf.reshape<tf.Rank.R2>(tf.matMul(attention, picture.regions), [rows, width]);
  const gate = tf.sigmoid(opening);
  const context = tf.mul(gate, seen);
  const z = tf.add(tf.add(word, recurrent), tf.matMul<tf.Tensor2D>(context as tf.Tensor2D, weights.context));
  return {
    ...(lstmCell(z, before.cell) as AttentionLstmState & { gates: LstmGates }),
    ...{ asked, attention, seen, gate, context },
  } as Step;
}

/**
 * All steps of captions whose words are known.
 * @param words what each word says to the LSTM [steps, rows, 4 * units]
 * @returns hidden [steps, rows, units], context [steps, rows, width] and attention [steps, rows, regions]
 */
export function attentionLstm(
  words: tf.Tensor3D,
  picture: Picture,
  start: AttentionLstmState,
  weights: AttentionLstmWeights,
): { hidden: tf.Tensor3D; context: tf.Tensor3D; attention: tf.Tensor3D } {
  const operation = tf.customGrad((...args) => {
    const save = args.pop() as unknown as tf.GradSaveFunc;
    const inputs = args as tf.Tensor[];
    const trail = runForward(inputs);
    save([...inputs, ...trail.flatMap(tensorsOf)]);
    const gradFunc = (gradient: tf.Tensor, saved: tf.Tensor[]) =>
      runBackward(
        gradient as tf.Tensor3D,
        saved.slice(0, inputs.length),
        stepsOf(saved.slice(inputs.length)),
      );
    return { value: tf.stack(trail.map(joined)), gradFunc };
  });
  const { state, stateBias, score, context } = weights;
  const { regions, keys } = picture;
  const all: tf.Tensor = operation(
    words,
    regions,
    keys,
    start.hidden,
    start.cell,
    state,
    stateBias,
    score,
    context,
  );
  const parts = tf.split(
    all,
    [start.hidden.shape[1], regions.shape[2], regions.shape[1]],
    2,
  ) as tf.Tensor3D[];
  return { hidden: parts[0], context: parts[1], attention: parts[2] };
}

/** A step's results side by side, since a gradient of ours belongs to one tensor: [rows, units + width + regions]. */
function joined({ hidden, context, attention }: Step): tf.Tensor {
  return tf.concat([hidden, context, tf.reshape(attention, [hidden.shape[0], -1])], 1);
}

/** The inputs of the operation by name. */
function named(inputs: tf.Tensor[]) {
  const [words, regions, keys, hidden, cell, state, stateBias, score, context] = inputs;
  return {
    words: words as tf.Tensor3D,
    picture: { regions, keys } as Picture,
    start: { hidden, cell } as AttentionLstmState,
    weights: { state, stateBias, score, context } as AttentionLstmWeights,
  };
}

function runForward(inputs: tf.Tensor[]): Step[] {
  const { words, picture, start, weights } = named(inputs);
  const trail: Step[] = [];
  for (const word of tf.unstack(words)) {
    trail.push(attentionLstmStep(word as tf.Tensor2D, picture, trail.at(-1) ?? start, weights));
  }
  return trail;
}

const tensorsPerStep = 12;

function tensorsOf({ hidden, cell, gates, asked, attention, seen, gate, context }: Step): tf.Tensor[] {
  const { input, forget, candidate, output, squashed } = gates;
  return [hidden, cell, input, forget, candidate, output, squashed, asked, attention, seen, gate, context];
}

function stepsOf(tensors: tf.Tensor[]): Step[] {
  return Array.from({ length: tensors.length / tensorsPerStep }, (_, s) => {
    const own = tensors.slice(s * tensorsPerStep, (s + 1) * tensorsPerStep);
    const [hidden, cell, input, forget, candidate, output, squashed, asked, attention, seen, gate, context] =
      own;
    const gates = { input, forget, candidate, output, squashed };
    return { hidden, cell, gates, asked, attention, seen, gate, context } as Step;
  });
}

/** The gradients of one step by what went into it. */
interface StepGradient {
  z: tf.Tensor2D; // [rows, 4 * units]
  seen: tf.Tensor3D; // [images, captions, width]
  told: tf.Tensor2D; // [rows, attentionUnits + 1 + 4 * units]
  /** by the keys, still without the score's weights */
  keys: tf.Tensor3D; // [images, regions, attentionUnits]
  score: tf.Tensor2D; // [1, attentionUnits]
  hidden: tf.Tensor2D; // [rows, units]
  cell: tf.Tensor; // [rows, units]
}

/** The gradients by all inputs, in their order. */
function runBackward(gradient: tf.Tensor3D, inputs: tf.Tensor[], trail: Step[]): tf.Tensor[] {
  const { picture, start, weights } = named(inputs);
  const units = start.hidden.shape[1];
  const [images, regions, width] = picture.regions.shape;
  const gradients = new Array<StepGradient>(trail.length);
  tf.unstack(gradient)
    .map((own) => tf.split(own, [units, width, regions], 1))
    .reverse()
    .forEach(([hidden, context, attention], i) => {
      const s = trail.length - 1 - i;
      const later = gradients[s + 1] as StepGradient | undefined;
      const whole = later ? tf.add(hidden, later.hidden) : hidden;
      const asked = { hidden: whole, cell: later?.cell, context, attention };
      gradients[s] = stepBackward(asked, trail[s], trail[s - 1] ?? start, picture, weights);
    });
  const told = tf.concat(gradients.map((g) => g.told)); // [steps * rows, attentionUnits + 1 + 4 * units]
  const states = tf.concat([start, ...trail.slice(0, -1)].map((s) => s.hidden)); // [steps * rows, units]
  const attention = tf.concat(
    trail.map((s) => s.attention),
    1,
  ); // [images, steps * captions, regions]
  const seen = tf.concat(
    gradients.map((g) => g.seen),
    1,
  ); // [images, steps * captions, width]
  const keys = tf.mul(tf.addN(gradients.map((g) => g.keys)), rowOf(weights.score));
  return [
    tf.stack(gradients.map((g) => g.z)),
    tf.matMul(attention, seen, true),
    tf.reshape(keys, [images, regions, -1]),
    gradients[0].hidden,
    gradients[0].cell,
    tf.matMul(states, told, true),
    kernels().columnSums(told),
    tf.reshape(tf.addN(gradients.map((g) => g.score)), weights.score.shape),
    tf.matMul(tf.concat(trail.map((s) => s.context)), tf.concat(gradients.map((g) => g.z)), true),
  ];
}

/** `[n, 1] -> [n]`. */
function rowOf(column: tf.Tensor2D): tf.Tensor1D {
  return tf.reshape(column, [-1]);
}

function stepBackward(
  gradient: { hidden: tf.Tensor; cell?: tf.Tensor; context: tf.Tensor; attention: tf.Tensor },
  { gates, asked, attention, seen, gate }: Step,
  before: AttentionLstmState,
  { regions }: Picture,
  weights: AttentionLstmWeights,
): StepGradient {
  const attentionUnits = asked.shape[3];
  const byCell = lstmCellGradient(gates, before.cell, gradient.hidden, gradient.cell);
  const z = byCell.z as tf.Tensor2D;
  const context = tf.add(tf.matMul(z, weights.context, false, true), gradient.context); // [rows, width]
  // through gate * seen, and the gate's sigmoid
  const byGate = tf.sum(tf.mul(context, seen), 1, true); // [rows, 1]
  const opening = tf.mul(byGate, tf.sub(gate, tf.square(gate)));
  const bySeen = tf.reshape<tf.Rank.R3>(tf.mul(context, gate), [...attention.shape.slice(0, 2), -1] as never);
  // through the weighted sum and the softmax
  const own = tf.reshape(gradient.attention, attention.shape);
  const byAttention = tf.add(tf.matMul(bySeen, regions, false, true), own);
  const scaled = tf.mul(byAttention, attention);
  const scores = tf.sub(scaled, tf.mul(attention, tf.sum(scaled, 2, true))); // [images, captions, regions]
  // through score * tanh(keys + query)
  const column = tf.reshape<tf.Rank.R2>(scores, [-1, 1]);
  const flat = tf.reshape<tf.Rank.R2>(asked, [-1, attentionUnits]);
  const inner = tf.mul(tf.expandDims(scores, 3), tf.sub(1, tf.square(asked)));
  const query = tf.mul(tf.reshape(tf.sum(inner, 2), [-1, attentionUnits]), rowOf(weights.score));
  const told = tf.concat([query, opening, z], 1) as tf.Tensor2D;
  return {
    z,
    seen: bySeen,
    told,
    keys: tf.sum(inner, 1),
    score: tf.matMul(column, flat, true), // a row: as a column it takes three times as long
    hidden: tf.matMul(told, weights.state, false, true),
    cell: byCell.previousCell,
  };
}
