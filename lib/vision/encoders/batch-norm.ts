import type { WeightArray } from './weight-arrays';

/** The statistics and parameters of a trained batch normalization, each [filters]. */
export interface BatchNorm {
  /** scale; Keras' InceptionV3 has none */
  gamma?: Float32Array;
  beta: Float32Array;
  mean: Float32Array;
  variance: Float32Array;
  epsilon: number;
}

/**
 * A convolution equal to `kernel` followed by the batch normalization:
 * y = (conv(x) - mean) * scale + beta with scale = gamma / sqrt(variance + epsilon), so the scale
 * goes into the kernel and beta - mean * scale becomes the bias.
 * @param kernel its filters are the last axis; of a depthwise kernel [rows, columns, channels, 1]
 *   the channels are
 */
export function foldBatchNorm(
  kernel: WeightArray,
  norm: BatchNorm,
): { kernel: WeightArray; bias: Float32Array } {
  const filters = norm.beta.length;
  const scale = Float64Array.from(norm.variance, (variance, i) => {
    return (norm.gamma?.[i] ?? 1) / Math.sqrt(variance + norm.epsilon);
  });
  // Both kinds of kernel have the filters innermost, so the scales repeat along the values.
  const values = kernel.values.map((value, i) => value * scale[i % filters]);
  const bias = norm.beta.map((beta, i) => beta - norm.mean[i] * scale[i]);
  return { kernel: { shape: kernel.shape, values }, bias };
}
