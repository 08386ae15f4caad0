import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../errors';
import { foldBatchNorm } from './batch-norm';
import type { ConvolutionTensors } from './layers';
import type { WeightArray, WeightArrays } from './weight-arrays';

/** keras.applications' InceptionV3 leaves BatchNormalization's epsilon at its default. */
const EPSILON = 1e-3;

/**
 * The convolutions of a Keras weights file in the order in which Keras created them, each with
 * the batch normalisation that follows it folded in. Keras numbers its layers as it creates them
 * ('conv2d', 'conv2d_1', ... or, in older files, from 'conv2d_1'), so the i-th convolution and
 * the i-th batch normalisation by number belong together; the order in the file is another one.
 */
export class KerasConvolutions {
  private readonly convolutions: string[];
  private readonly norms: string[];
  private position = 0;

  constructor(
    private readonly arrays: WeightArrays,
    private readonly source: string,
  ) {
    this.convolutions = numberedLayers(arrays, 'conv2d', 'kernel');
    this.norms = numberedLayers(arrays, 'batch_normalization', 'beta');
    if (this.norms.length !== 0 && this.norms.length !== this.convolutions.length) {
      throw new UserError(
        `${source} has ${this.convolutions.length} convolutions but ${this.norms.length} batch normalisations: it is not a weights file of this network, use the one of keras.applications.`,
      );
    }
  }

  /** How many convolutions the file holds. */
  get count(): number {
    return this.convolutions.length;
  }

  /**
   * The next convolution as tensors.
   * @throws UserError when its size is not the expected one
   */
  next(size: [rows: number, columns: number], filters: number): ConvolutionTensors {
    const layer = this.convolutions[this.position];
    const kernel = this.arrays.get(`${layer}/kernel`);
    const [rows, columns] = size;
    if (!kernel || kernel.shape[0] !== rows || kernel.shape[1] !== columns || kernel.shape[3] !== filters) {
      throw new UserError(
        `${this.source}: ${layer} is ${kernel?.shape.join('x') ?? 'missing'}, not ${rows}x${columns} with ${filters} filters: it is not a weights file of this network, use the one of keras.applications.`,
      );
    }
    const folded = this.fold(layer, kernel, filters);
    this.position++;
    return {
      kernel: tf.tensor4d(folded.kernel.values, folded.kernel.shape as [number, number, number, number]),
      bias: tf.tensor1d(folded.bias),
    };
  }

  private fold(layer: string, kernel: WeightArray, filters: number) {
    const bias = this.arrays.get(`${layer}/bias`)?.values ?? new Float32Array(filters);
    const norm = this.norms[this.position];
    if (norm === undefined) {
      return { kernel, bias };
    }
    const array = (name: string) => this.arrays.get(`${norm}/${name}`)?.values;
    const [beta, mean, variance] = ['beta', 'moving_mean', 'moving_variance'].map((name) => {
      const values = array(name);
      if (values?.length !== filters) {
        throw new UserError(
          `${this.source}: ${norm}/${name} does not have ${filters} values: the file is damaged, fetch it again.`,
        );
      }
      return values;
    });
    // A bias before the normalisation moves the mean that is subtracted.
    const shiftedMean = mean.map((value, i) => value - bias[i]);
    return foldBatchNorm(kernel, {
      gamma: array('gamma'),
      beta,
      mean: shiftedMean,
      variance,
      epsilon: EPSILON,
    });
  }
}

/** Layers 'kind', 'kind_1', 'kind_2', ... that have the given array, by number. */
function numberedLayers(arrays: WeightArrays, kind: string, array: string): string[] {
  const pattern = new RegExp(`^(${kind}(?:_(\\d+))?)/${array}$`);
  return [...arrays.keys()]
    .map((name) => pattern.exec(name))
    .filter((match) => match !== null)
    .sort((a, b) => Number(a[2] ?? 0) - Number(b[2] ?? 0))
    .map((match) => match[1]);
}
