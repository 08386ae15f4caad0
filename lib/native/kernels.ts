import * as tf from '@tensorflow/tfjs-core';
import type { Kernels, LstmWeights } from '../ops/kernels';
import { smoothTargets } from '../ops/targets';
import { compile } from './graph/compile';
import { boolAttribute, execute, floatAttribute, Int64, typeAttribute } from './execute';

/** The kernels as single TensorFlow operations; each is tested against its plain form. */
export const nativeKernels: Kernels = {
  /** StatelessRandomUniform, so that a compiled step draws new numbers for each new seed. */
  uniform(shape, seed, salt) {
    const size = tf.tensor1d(shape, 'int32');
    // Far apart, so that neighbouring seeds and salts never meet.
    const own = tf.add(seed, tf.tensor1d([Math.imul(salt + 1, 0x9e3779b1), 0], 'int32'));
    const attributes = [
      typeAttribute('dtype', 'float32'),
      typeAttribute('T', 'int32'),
      typeAttribute('Tseed', 'int32'),
    ];
    return execute('StatelessRandomUniform', attributes, [size, own], 1)[0];
  },

  /** Loss and gradient come from one operation, the softmax is computed once. */
  softmaxCrossEntropy(logits, targets, smoothing) {
    const type = typeAttribute('T', 'float32');
    const results =
      smoothing === 0
        ? execute(
            'SparseSoftmaxCrossEntropyWithLogits',
            [type, typeAttribute('Tlabels', 'int32')],
            [logits, targets],
            2,
          )
        : execute(
            'SoftmaxCrossEntropyWithLogits',
            [type],
            [logits, smoothTargets(targets, logits.shape[1], smoothing)],
            2,
          );
    return { loss: results[0] as tf.Tensor1D, gradient: results[1] as tf.Tensor2D };
  },

  /** GatherV2 without tfjs-node's check of each number. */
  takeRows<T extends tf.Tensor>(x: T, rows: tf.Tensor1D): T {
    const operation = tf.customGrad((...args) => {
      const [table, save] = args as unknown as [tf.Tensor, tf.GradSaveFunc];
      save([rows]);
      const types = [
        typeAttribute('Tparams', 'float32'),
        typeAttribute('Tindices', 'int32'),
        typeAttribute('Taxis', 'int32'),
      ];
      const [value] = execute('GatherV2', types, [table, rows, tf.scalar(0, 'int32')], 1);
      const gradFunc = (dy: tf.Tensor, [saved]: tf.Tensor[]) =>
        tf.unsortedSegmentSum(dy, saved as tf.Tensor1D, table.shape[0]);
      return { value, gradFunc };
    });
    return operation(x) as T;
  },

  /** BlockLSTMV2 runs all steps in one operation. */
  lstm(x, weights) {
    const operation = tf.customGrad((...args) => {
      const [input, kernel, recurrent, bias, save] = args as unknown as [
        tf.Tensor3D,
        tf.Tensor2D,
        tf.Tensor2D,
        tf.Tensor1D,
        tf.GradSaveFunc,
      ];
      const inputs = blockInputs(input, { kernel, recurrent, bias });
      const attributes = [
        floatAttribute('cell_clip', 0),
        boolAttribute('use_peephole', false),
        typeAttribute('T', 'float32'),
      ];
      const outputs = execute('BlockLSTMV2', attributes, [new Int64(input.shape[0]), ...inputs], 7);
      save([...inputs, ...outputs]);
      return { value: outputs[6], gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => blockGradient(dy, saved) };
    });
    return operation(x, weights.kernel, weights.recurrent, weights.bias) as tf.Tensor3D;
  },

  /** A graph from the second call on. */
  compile: (fn) => compile(fn, { graphs: 'when-repeated' }),
};

/** x, cs_prev, h_prev, w, wci, wcf, wco, b of BlockLSTMV2, from a zero state and without peepholes. */
function blockInputs(x: tf.Tensor3D, { kernel, recurrent, bias }: LstmWeights): tf.Tensor[] {
  const units = recurrent.shape[0];
  const state = tf.zeros([x.shape[1], units]);
  const peephole = tf.zeros([units]);
  return [x, state, state, tf.concat([kernel, recurrent]), peephole, peephole, peephole, bias];
}

/** The gradients by x, kernel, recurrent kernel and bias. */
function blockGradient(dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] {
  const [steps, , units] = dy.shape;
  const inputSize = saved[0].shape[2] as number;
  const cellGradient = tf.zerosLike(dy);
  const attributes = [boolAttribute('use_peephole', false), typeAttribute('T', 'float32')];
  const [x, , , weights, , , , bias] = execute(
    'BlockLSTMGradV2',
    attributes,
    [new Int64(steps), ...saved, cellGradient, dy],
    8,
  );
  return [x, tf.slice(weights, 0, inputSize), tf.slice(weights, inputSize, units), bias];
}
