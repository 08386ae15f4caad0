import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from '../ops/kernels';
import { compile } from './graph/compile';
import { execute, typeAttribute } from './execute';
import { adam, movingAverage } from './in-place';
import { fromBytes, fromFloat16, toFloat16 } from './packed';

/** The kernels as TensorFlow's own operations; each is tested against its plain form. */
export const nativeKernels: Kernels = {
  /** StatelessRandomUniform, so that a compiled step draws new numbers for each new seed. */
  uniform(shape, seed, salt) {
    return execute(
      'StatelessRandomUniform',
      randomAttributes('float32'),
      [shapeTensor(shape), seedOf(seed, salt)],
      1,
    )[0];
  },

  /** Each random number of 32 bits serves four values: drawing is what takes the time. */
  dropoutMask(shape, rate, seed, salt) {
    const values = shape.reduce((product, n) => product * n, 1);
    const quarters = shapeTensor([Math.ceil(values / 4)]);
    const ints = execute(
      'StatelessRandomUniformFullInt',
      randomAttributes('int32'),
      [quarters, seedOf(seed, salt)],
      1,
    );
    const [bytes] = execute(
      'Bitcast',
      [typeAttribute('T', 'int32'), typeAttribute('type', 'uint8')],
      ints,
      1,
    ); // [values / 4, 4]
    const dropped = Math.min(255, Math.max(1, Math.round(rate * 256)));
    const toBytes = [typeAttribute('SrcT', 'int32'), typeAttribute('DstT', 'uint8')];
    const [limit] = execute('Cast', toBytes, [tf.scalar(dropped, 'int32')], 1);
    const [kept] = execute('GreaterEqual', [typeAttribute('T', 'uint8')], [bytes, limit], 1);
    const mask = tf.mul(tf.cast(kept, 'float32'), 256 / (256 - dropped));
    const exact = values % 4 === 0 ? mask : tf.slice(tf.reshape(mask, [-1]), 0, values);
    return tf.reshape(exact, shape);
  },

  /** BiasAddGrad where there are many rows: it works on several of them at once, which Sum does not. */
  sumRows(x) {
    const columns = x.shape[x.rank - 1];
    const flat = tf.reshape<tf.Rank.R2>(x, [-1, columns]);
    if (flat.shape[0] <= columns) return tf.sum(flat, 0);
    return execute('BiasAddGrad', [typeAttribute('T', 'float32')], [flat], 1)[0] as tf.Tensor1D;
  },

  /** L2Loss reads the tensor once and writes none. */
  sumOfSquares: (x) => tf.mul(execute('L2Loss', [typeAttribute('T', 'float32')], [x], 1)[0], 2),

  adam,
  movingAverage,

  /** GatherV2 without tfjs-node's check of each number. */
  gather<T extends tf.Tensor>(x: T, rows: tf.Tensor1D): T {
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

  fromFloat16,
  toFloat16,
  fromBytes,

  /** A graph from the second call on. */
  compile: (fn) => compile(fn, { graphs: 'second-call' }),
};

function shapeTensor(shape: number[]): tf.Tensor1D {
  return tf.tensor1d(shape, 'int32');
}

/** A seed of the place: far apart, so that neighboring seeds and salts never meet. */
function seedOf(seed: tf.Tensor1D, salt: number): tf.Tensor {
  return tf.add(seed, tf.tensor1d([Math.imul(salt + 1, 0x9e3779b1), 0], 'int32'));
}

function randomAttributes(dtype: 'float32' | 'int32') {
  return [typeAttribute('dtype', dtype), typeAttribute('T', 'int32'), typeAttribute('Tseed', 'int32')];
}
