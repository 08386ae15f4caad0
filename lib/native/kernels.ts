import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from '../ops/kernels';
import { smoothTargets } from '../ops/targets';
import { compile } from './graph/compile';
import { execute, typeAttribute } from './execute';

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

  /** A graph from the second call on. */
  compile: (fn) => compile(fn, { graphs: 'when-repeated' }),
};
