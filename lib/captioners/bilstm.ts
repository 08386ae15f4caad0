import * as tf from '@tensorflow/tfjs-core';
import { kernels } from '../ops/kernels';
import {
  blockStart,
  lastOfEach,
  lstm,
  lstmInput,
  lstmStep,
  shrinkingLstm,
  type LstmWeights,
} from '../ops/lstm';
import { runLayer } from '../ops/record-layers';
import type { Weights, WeightSpec } from './captioner';
import { lstmSpecs, lstmWeights } from './layers';

/**
 * A stack of bidirectional LSTMs over every prefix of a caption, each prefix on its own:
 * Keras' `Bidirectional(LSTM(u))`, whose last layer returns its two last states joined.
 *
 * The state of the first layer's forward direction at token t does not depend on what follows, so it runs once
 * per caption. All other directions depend on where the prefix ends: they run over all prefixes as one batch
 * that shrinks (see `shrinkingLstm`). Between layers, values are kept by (prefix, token) as packed tensors.
 */

/** The weights of a stack for inputs of some size, under `lstm0/forward/kernel` and so on. */
export function bilstmSpecs(inputs: number, units: number[]): Record<string, WeightSpec> {
  const specs: Record<string, WeightSpec> = {};
  units.forEach((size, layer) => {
    const from = layer === 0 ? inputs : 2 * units[layer - 1];
    for (const direction of ['forward', 'backward'])
      Object.assign(specs, lstmSpecs(`lstm${layer}/${direction}`, from, size));
  });
  return specs;
}

/** The weights of one direction of one layer. */
export function directionWeights(
  weights: Weights,
  layer: number,
  direction: 'forward' | 'backward',
): LstmWeights {
  return lstmWeights(weights, `lstm${layer}/${direction}`);
}

/**
 * The joined last states for every prefix.
 * @param x token embeddings [steps, batch, inputs]
 * @returns [steps, batch, 2 * units of the last layer]; row t belongs to the prefix that ends with token t
 */
export function bilstmOverPrefixes(weights: Weights, x: tf.Tensor3D, layers: number): tf.Tensor3D {
  const steps = x.shape[0];
  let output = firstLayer(weights, x, layers === 1);
  for (let i = 1; i < layers; i++) output = upperLayer(weights, i, output, steps, i === layers - 1);
  return output;
}

/**
 * The first layer; its forward direction runs once for all prefixes of a caption.
 * @param x [steps, batch, inputs]
 * @returns joined states: the last ones [steps, batch, 2 * units], or packed ones [prefixes, batch, 2 * units]
 */
function firstLayer(weights: Weights, x: tf.Tensor3D, isLast: boolean): tf.Tensor3D {
  const steps = x.shape[0];
  const f = directionWeights(weights, 0, 'forward');
  const b = directionWeights(weights, 0, 'backward');
  const run = () => {
    const forward = lstm(x, f); // [steps, batch, units]
    const backward = shrinkingLstm(lstmInput(x, b), b.recurrent, steps);
    if (isLast) return tf.concat([forward, lastOfEach(backward, steps)], 2) as tf.Tensor3D;
    // A forward block p holds token p of the prefixes p, p + 1, ...
    const packed = gather(
      forward,
      pairs(steps, (p) => p),
    );
    return joinPacked(packed, backward, steps);
  };
  return runLayer('BidirectionalLSTM', 'lstm0', run, unitsOf(f));
}

/**
 * A layer after the first: both directions run per prefix.
 * @param x packed [prefixes, batch, inputs]
 * @returns as the first layer
 */
function upperLayer(
  weights: Weights,
  layer: number,
  x: tf.Tensor3D,
  steps: number,
  isLast: boolean,
): tf.Tensor3D {
  const f = directionWeights(weights, layer, 'forward');
  const b = directionWeights(weights, layer, 'backward');
  const run = () => {
    const reversed = gather(x, flipDirection(steps));
    const forward = shrinkingLstm(lstmInput(x, f), f.recurrent, steps);
    const backward = shrinkingLstm(lstmInput(reversed, b), b.recurrent, steps);
    if (!isLast) return joinPacked(forward, backward, steps);
    return tf.concat([lastOfEach(forward, steps), lastOfEach(backward, steps)], 2) as tf.Tensor3D;
  };
  return runLayer('BidirectionalLSTM', `lstm${layer}`, run, unitsOf(f));
}

const unitsOf = ({ recurrent }: LstmWeights) => `${recurrent.shape[0]} units each way`;

/** Both directions side by side; a backward block s holds token t - s of the prefixes t. */
function joinPacked(forward: tf.Tensor3D, backward: tf.Tensor3D, steps: number): tf.Tensor3D {
  return tf.concat([forward, gather(backward, flipDirection(steps))], 2);
}

function gather(x: tf.Tensor3D, rows: number[]): tf.Tensor3D {
  return kernels().gather(x, tf.tensor1d(rows, 'int32'));
}

/** A number for each row (block s, prefix t) of a packed tensor. */
function pairs(steps: number, value: (s: number, t: number) => number): number[] {
  const result: number[] = [];
  for (let s = 0; s < steps; s++) for (let t = s; t < steps; t++) result.push(value(s, t));
  return result;
}

/**
 * Where the row (block s, prefix t) of one direction stands in the other direction's packed tensor:
 * step s of one is step t - s of the other. The mapping is its own inverse.
 */
function flipDirection(steps: number): number[] {
  return pairs(steps, (s, t) => blockStart(t - s, steps) + s);
}

/** The state of decoding, a row for each caption. */
export interface BilstmState {
  /** inputs so far of the first layer's backward direction, kernel and bias applied */
  backwardInputs: tf.Tensor3D; // [captions, steps, 4 * units]
  /** first layer's forward direction */
  hidden: tf.Tensor; // [captions, units]
  cell: tf.Tensor; // [captions, units]
  /** first layer's forward states so far; for stacks alone */
  forward?: tf.Tensor3D; // [captions, steps, units]
}

/**
 * The joined last states for the prefix that ends with one more token.
 * @param x its embedding [captions, inputs]
 * @returns the state after it and the output [captions, 2 * units of the last layer]
 */
export function bilstmStep(
  weights: Weights,
  x: tf.Tensor2D,
  layers: number,
  past?: BilstmState,
): { output: tf.Tensor2D; state: BilstmState } {
  const next = tf.expandDims<tf.Tensor3D>(x, 0);
  const f = directionWeights(weights, 0, 'forward');
  const b = directionWeights(weights, 0, 'backward');
  const { hidden, cell } = lstmStep(tf.squeeze(lstmInput(next, f), [0]), f.recurrent, past);
  const backwardInputs = appendStep(past?.backwardInputs, tf.squeeze(lstmInput(next, b), [0]));
  const state: BilstmState = { backwardInputs, hidden, cell };
  let backward = runSteps(tf.unstack(backwardInputs, 1).reverse(), b.recurrent); // last token first
  if (layers === 1) return { output: tf.concat([hidden, backward.at(-1)!], 1) as tf.Tensor2D, state };

  state.forward = appendStep(past?.forward, hidden);
  let forward = tf.unstack(state.forward, 1);
  for (let layer = 1; layer < layers; layer++) {
    const input = tf.concat([tf.stack(forward), tf.stack([...backward].reverse())], 2) as tf.Tensor3D;
    const fw = directionWeights(weights, layer, 'forward');
    const bw = directionWeights(weights, layer, 'backward');
    forward = runSteps(tf.unstack(lstmInput(input, fw)), fw.recurrent);
    backward = runSteps(tf.unstack(lstmInput(input, bw)).reverse(), bw.recurrent);
  }
  return { output: tf.concat([forward.at(-1)!, backward.at(-1)!], 1) as tf.Tensor2D, state };
}

/** One more step of each caption: `[captions, steps, size]` and `[captions, size]`. */
function appendStep(past: tf.Tensor3D | undefined, next: tf.Tensor): tf.Tensor3D {
  const own = tf.expandDims<tf.Tensor3D>(next, 1);
  return past ? tf.concat([past, own], 1) : own;
}

/** The hidden states of an LSTM over inputs with kernel and bias applied. */
function runSteps(inputs: tf.Tensor[], recurrent: tf.Tensor2D): tf.Tensor[] {
  const hidden: tf.Tensor[] = [];
  let state: { hidden: tf.Tensor; cell: tf.Tensor } | undefined;
  for (const z of inputs) {
    state = lstmStep(z, recurrent, state);
    hidden.push(state.hidden);
  }
  return hidden;
}
