import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../../errors';
import type {
  EncoderDefinition,
  FeatureShape,
  FineTunedBlocks,
  ImageInput,
  Normalization,
} from './definition';
import type { WeightArrays } from './weight-arrays';

/** A network that turns images into feature vectors, one per region. */
export interface Encoder extends FeatureShape {
  readonly name: string;
  /** The layer whose output is the features, e.g. 'mixed8'. */
  readonly endPoint: string;
  /** Identifies the weights, in whatever file they are; hexadecimal. */
  readonly weightsHash: string;
  readonly input: ImageInput;
  /** For whoever compiles `forward` and has to know its constants. */
  readonly weights: readonly tf.Tensor[];
  /**
   * Features of images, normalization included. A pure function of tensors: it reads nothing back, so that it can be
   * traced into a graph.
   * @param images [batch, height, width, 3] with values from 0 to 255
   * @returns [batch, regions, channels]
   */
  forward(images: tf.Tensor4D): tf.Tensor3D;
  /** Frees the weights. */
  dispose(): void;
}

/** The weights that an encoder is made of. */
export interface WeightsSource {
  arrays: WeightArrays;
  weightsHash: string;
  /** the file's path, for error messages */
  source: string;
}

/**
 * A network without its classifier, up to an end point; what lies behind is not built.
 * @param endPoint empty: the last
 * @throws UserError when the end point is unknown or lies beyond what the file holds, and when the file is one of
 *   another network
 */
export function makeEncoder(
  definition: EncoderDefinition,
  { arrays, weightsHash, source }: WeightsSource,
  endPoint: string,
): Encoder {
  const { name, input, normalization: given } = definition;
  const end = resolveEndPoint(definition, endPoint);
  const normalization = typeof given === 'function' ? given(arrays, source) : given;
  const network = definition.build(arrays, { endPoint: end, source });
  const { grid, regions, channels, weights } = network;
  return {
    ...{ name, endPoint: end, weightsHash, input, grid, regions, channels, weights },
    forward: (images) => tf.tidy(() => network.forward(normalize(tf.cast(images, 'float32'), normalization))),
    dispose: () => tf.dispose([...weights]),
  };
}

/**
 * The blocks of a network between two end points, to be trained.
 * @param endPoint empty: the last
 * @throws UserError where an end point is unknown, there is no block between the two, or the network offers none
 */
export function fineTunedBlocks(
  definition: EncoderDefinition,
  inputEndPoint: string,
  endPoint: string,
): FineTunedBlocks {
  const { title, endPoints } = definition;
  if (!definition.fineTunedBlocks)
    throw new UserError(`${title} cannot be fine-tuned: leave out fineTuneFrom, or choose another encoder.`);

  const [from, to] = [inputEndPoint, endPoint].map((end) => resolveEndPoint(definition, end));
  if (endPoints.indexOf(from) >= endPoints.indexOf(to)) {
    throw new UserError(
      `${title} has no blocks behind ${from} up to ${to}: give fineTuneFrom an end point before that.`,
    );
  }
  return definition.fineTunedBlocks(from, to);
}

/** @throws UserError where the network has no such end point */
function resolveEndPoint({ title, endPoints }: EncoderDefinition, endPoint: string): string {
  if (endPoint === '') return endPoints[endPoints.length - 1];
  if (endPoints.includes(endPoint)) return endPoint;
  throw new UserError(`${title} has no end point "${endPoint}": choose one of ${endPoints.join(', ')}.`);
}

/** @param pixels [batch, height, width, 3] from 0 to 255 */
function normalize(pixels: tf.Tensor4D, { divisor, mean, std, channelOrder }: Normalization): tf.Tensor4D {
  let x = channelOrder === 'bgr' ? tf.concat(tf.split<tf.Tensor4D>(pixels, 3, 3).reverse(), 3) : pixels;
  if (divisor !== undefined) x = tf.div(x, divisor);
  if (mean !== undefined) x = tf.sub<tf.Tensor4D>(x, mean as number | number[]);
  if (std !== undefined) x = tf.div<tf.Tensor4D>(x, std as number | number[]);
  return x;
}
