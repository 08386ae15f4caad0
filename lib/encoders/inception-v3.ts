import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../errors';
import { makeEncoder, type Encoder } from './encoder';
import { averagePool, branches, convolution, maxPool, sequence, type Layer } from './layers';
import { KerasConvolutions } from './keras-convolutions';
import type { WeightArrays } from './weight-arrays';

/*
 * InceptionV3 (Szegedy et al., "Rethinking the Inception Architecture for Computer Vision",
 * arXiv:1512.00567) as keras.applications builds it: names, order and epsilon are the same.
 */

const IMAGE_SIZE = 299;

interface EndPoint {
  name: string;
  side: number;
  channels: number;
  /** Convolutions up to and including this block. */
  convolutions: number;
}

/** The blocks that can be asked for, in order. */
export const INCEPTION_V3_END_POINTS: readonly EndPoint[] = [
  { name: 'mixed0', side: 35, channels: 256, convolutions: 12 },
  { name: 'mixed1', side: 35, channels: 288, convolutions: 19 },
  { name: 'mixed2', side: 35, channels: 288, convolutions: 26 },
  { name: 'mixed3', side: 17, channels: 768, convolutions: 30 },
  { name: 'mixed4', side: 17, channels: 768, convolutions: 40 },
  { name: 'mixed5', side: 17, channels: 768, convolutions: 50 },
  { name: 'mixed6', side: 17, channels: 768, convolutions: 60 },
  { name: 'mixed7', side: 17, channels: 768, convolutions: 70 },
  { name: 'mixed8', side: 8, channels: 1280, convolutions: 76 },
  { name: 'mixed9', side: 8, channels: 2048, convolutions: 85 },
  { name: 'mixed10', side: 8, channels: 2048, convolutions: 94 },
];

/**
 * InceptionV3 without its classifier, up to an end point; later blocks are not built.
 * @param arrays weights in the layout of keras.applications ('conv2d_1/kernel', ...)
 * @param options.endPoint 'mixed0' to 'mixed10'; empty: the last, mixed10 (8x8x2048)
 * @param options.source the weights file, for error messages
 * @throws UserError when the end point is unknown or lies beyond what the file holds
 */
export function inceptionV3(
  arrays: WeightArrays,
  options: { endPoint: string; weightsHash: string; source: string },
): Encoder {
  const convolutions = new KerasConvolutions(arrays, options.source);
  const end = findEndPoint(options.endPoint, convolutions.count, options.source);
  const blocks = [stem];
  for (let i = 0; i <= INCEPTION_V3_END_POINTS.indexOf(end); i++) {
    blocks.push(BLOCKS[i]);
  }
  const weights: tf.Tensor[] = [];
  const conv: Conv = (filters, rows, columns, layerOptions = {}) => {
    const tensors = convolutions.next([rows, columns], filters);
    weights.push(tensors.kernel, tensors.bias);
    return convolution(tensors, { ...layerOptions, activation: 'relu' });
  };
  try {
    const network = sequence(...blocks.map((block) => block(conv)));
    return makeEncoder({
      name: 'inception-v3',
      endPoint: end.name,
      weightsHash: options.weightsHash,
      imageSize: IMAGE_SIZE,
      grid: [end.side, end.side],
      channels: end.channels,
      preprocess: (x) => tf.tidy(() => tf.sub<tf.Tensor4D>(tf.div(x, 127.5), 1)),
      network,
      weights,
    });
  } catch (error) {
    tf.dispose(weights);
    throw error;
  }
}

function findEndPoint(name: string, available: number, source: string): EndPoint {
  const all = INCEPTION_V3_END_POINTS;
  const end = name === '' ? all[all.length - 1] : all.find((point) => point.name === name);
  if (!end) {
    throw new UserError(
      `InceptionV3 has no end point "${name}"; choose one of ${all[0].name} to ${all[all.length - 1].name}.`,
    );
  }
  if (end.convolutions > available) {
    const last = all.filter((point) => point.convolutions <= available).pop();
    const remedy = last
      ? `holds InceptionV3 only up to ${last.name}: use --end-point ${last.name}`
      : 'does not hold even the first blocks of InceptionV3: use the file of keras.applications';
    throw new UserError(`${source} cannot give ${end.name}: it ${remedy}.`);
  }
  return end;
}

type Conv = (
  filters: number,
  rows: number,
  columns: number,
  options?: { stride?: number; padding?: 'same' | 'valid' },
) => Layer;

/** A block asks for its convolutions in the order in which Keras creates them. */
type Block = (conv: Conv) => Layer;

const halve = { stride: 2, padding: 'valid' } as const;

const stem: Block = (conv) =>
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
  (pooled: number): Block =>
  (conv) =>
    branches(
      conv(64, 1, 1),
      sequence(conv(48, 1, 1), conv(64, 5, 5)),
      sequence(conv(64, 1, 1), conv(96, 3, 3), conv(96, 3, 3)),
      sequence(averagePool(3), conv(pooled, 1, 1)),
    );

/** mixed3: 35 x 35 to 17 x 17. */
const reduceTo17: Block = (conv) =>
  branches(
    conv(384, 3, 3, halve),
    sequence(conv(64, 1, 1), conv(96, 3, 3), conv(96, 3, 3, halve)),
    maxPool(3, 2),
  );

/** mixed4 to mixed7: 17 x 17, 7x7 convolutions as pairs of 1x7 and 7x1. */
const block17 =
  (width: number): Block =>
  (conv) =>
    branches(
      conv(192, 1, 1),
      sequence(conv(width, 1, 1), conv(width, 1, 7), conv(192, 7, 1)),
      sequence(conv(width, 1, 1), conv(width, 7, 1), conv(width, 1, 7), conv(width, 7, 1), conv(192, 1, 7)),
      sequence(averagePool(3), conv(192, 1, 1)),
    );

/** mixed8: 17 x 17 to 8 x 8. */
const reduceTo8: Block = (conv) =>
  branches(
    sequence(conv(192, 1, 1), conv(320, 3, 3, halve)),
    sequence(conv(192, 1, 1), conv(192, 1, 7), conv(192, 7, 1), conv(192, 3, 3, halve)),
    maxPool(3, 2),
  );

/** mixed9 and mixed10: 8 x 8. */
const block8: Block = (conv) =>
  branches(
    conv(320, 1, 1),
    sequence(conv(384, 1, 1), branches(conv(384, 1, 3), conv(384, 3, 1))),
    sequence(conv(448, 1, 1), conv(384, 3, 3), branches(conv(384, 1, 3), conv(384, 3, 1))),
    sequence(averagePool(3), conv(192, 1, 1)),
  );

const BLOCKS: Block[] = [
  block35(32),
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
