import { convolutionalEncoder } from './convolutional-encoder';
import { KerasConvolutions, renumbered } from './keras-convolutions';
import { averagePool, concat, convolution, maxPool, sequence, type LayerBuilder } from './layers';

/*
 * InceptionV3 (Szegedy et al., "Rethinking the Inception Architecture for Computer Vision",
 * arXiv:1512.00567) as keras.applications builds it: names, order and epsilon are the same.
 */

const TITLE = 'InceptionV3';

type Conv = (
  filters: number,
  rows: number,
  columns: number,
  options?: { stride?: number; padding?: 'same' | 'valid' },
) => LayerBuilder;

/** A piece of the network makes its convolutions in the order in which Keras creates them. */
type Piece = (conv: Conv) => LayerBuilder;

const halve = { stride: 2, padding: 'valid' } as const;

const stem: Piece = (conv) =>
  sequence(
    conv(32, 3, 3, halve),
    conv(32, 3, 3, { padding: 'valid' }),
    conv(64, 3, 3),
    maxPool(3, 2),
    conv(80, 1, 1, { padding: 'valid' }),
    conv(192, 3, 3, { padding: 'valid' }),
    maxPool(3, 2),
  );

/** mixed0 to mixed2: 35 x 35. */
const block35 =
  (pooled: number): Piece =>
  (conv) =>
    concat(
      conv(64, 1, 1),
      sequence(conv(48, 1, 1), conv(64, 5, 5)),
      sequence(conv(64, 1, 1), conv(96, 3, 3), conv(96, 3, 3)),
      sequence(averagePool(3), conv(pooled, 1, 1)),
    );

/** mixed3: 35 x 35 to 17 x 17. */
const reduceTo17: Piece = (conv) =>
  concat(
    conv(384, 3, 3, halve),
    sequence(conv(64, 1, 1), conv(96, 3, 3), conv(96, 3, 3, halve)),
    maxPool(3, 2),
  );

/** mixed4 to mixed7: 17 x 17, 7x7 convolutions as pairs of 1x7 and 7x1. */
const block17 =
  (width: number): Piece =>
  (conv) =>
    concat(
      conv(192, 1, 1),
      sequence(conv(width, 1, 1), conv(width, 1, 7), conv(192, 7, 1)),
      sequence(conv(width, 1, 1), conv(width, 7, 1), conv(width, 1, 7), conv(width, 7, 1), conv(192, 1, 7)),
      sequence(averagePool(3), conv(192, 1, 1)),
    );

/** mixed8: 17 x 17 to 8 x 8. */
const reduceTo8: Piece = (conv) =>
  concat(
    sequence(conv(192, 1, 1), conv(320, 3, 3, halve)),
    sequence(conv(192, 1, 1), conv(192, 1, 7), conv(192, 7, 1), conv(192, 3, 3, halve)),
    maxPool(3, 2),
  );

/** mixed9 and mixed10: 8 x 8. */
const block8: Piece = (conv) =>
  concat(
    conv(320, 1, 1),
    sequence(conv(384, 1, 1), concat(conv(384, 1, 3), conv(384, 3, 1))),
    sequence(conv(448, 1, 1), conv(384, 3, 3), concat(conv(384, 1, 3), conv(384, 3, 1))),
    sequence(averagePool(3), conv(192, 1, 1)),
  );

/** The stem belongs to the first block. Convolutions are numbered from 1, as Keras does. */
function inceptionBlocks(): [string, LayerBuilder][] {
  let count = 0;
  const conv: Conv = (filters, rows, columns, options = {}) => {
    count++;
    const names = { name: `conv2d_${count}`, norm: `batch_normalization_${count}` };
    return convolution(filters, { ...names, size: [rows, columns], ...options, activation: 'relu' });
  };
  const pieces: Piece[] = [
    (c) => sequence(stem(c), block35(32)(c)),
    block35(64),
    block35(64),
    reduceTo17,
    block17(128),
    block17(160),
    block17(160),
    block17(192),
    reduceTo8,
    block8,
    block8,
  ];
  return pieces.map((piece, i) => [`mixed${i}`, piece(conv)]);
}

/** InceptionV3 with the end points 'mixed0' (35x35x256) to 'mixed10' (8x8x2048). */
export const inceptionV3 = convolutionalEncoder({
  name: 'inception-v3',
  title: TITLE,
  input: { height: 299, width: 299 },
  normalization: { divisor: 127.5, mean: 1 },
  // Address and hash as in keras/src/applications/inception_v3.py, without the classifier.
  weights: {
    file: 'inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5',
    source: {
      url: 'https://storage.googleapis.com/tensorflow/keras-applications/inception_v3/inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5',
      md5: 'bcbd6486424b2319ff4ef7d526e38f63',
    },
  },
  blocks: inceptionBlocks(),
  reader: (arrays, source) =>
    // Keras leaves the epsilon of batch normalization at its default
    new KerasConvolutions(renumbered(arrays), { source, title: TITLE, epsilon: 1e-3 }),
});
