import { UserError } from '../../errors';
import { foldBatchNorm } from './batch-norm';
import type { ConvolutionReader } from './convolutional-encoder';
import type { ConvolutionShape } from './layers';
import type { WeightArray, WeightArrays } from './weight-arrays';

/**
 * The convolutions of a Keras weights file by the names of their layers. A file without any batch normalization has
 * them folded in already.
 */
export class KerasConvolutions implements ConvolutionReader {
  private readonly folded: boolean;

  /**
   * @param title the network's name, for error messages
   * @param epsilon of its batch normalizations
   */
  constructor(
    private readonly arrays: WeightArrays,
    private readonly options: { source: string; title: string; epsilon: number },
  ) {
    this.folded = ![...arrays.keys()].some((name) => name.endsWith('/moving_mean'));
  }

  kernelShape({ name }: ConvolutionShape): readonly number[] | undefined {
    return this.kernel(name)?.shape;
  }

  read({ name, norm, kernel: expected, filters }: ConvolutionShape) {
    const kernel = this.kernel(name);
    if (kernel?.shape.join('x') !== expected.join('x')) throw this.misfit(name, kernel, expected.join('x'));

    const bias = this.arrays.get(`${name}/bias`)?.values ?? new Float32Array(filters);
    if (norm === undefined || this.folded) return { kernel, bias };
    const values = (part: string) => this.vector(`${norm}/${part}`, filters);
    // A bias before the normalization moves the mean that is subtracted.
    const mean = values('moving_mean').map((value, i) => value - bias[i]);
    return foldBatchNorm(kernel, {
      // Keras' InceptionV3 has none
      gamma: this.arrays.has(`${norm}/gamma`) ? values('gamma') : undefined,
      beta: values('beta'),
      mean,
      variance: values('moving_variance'),
      epsilon: this.options.epsilon,
    });
  }

  /** Depthwise kernels have another name in files that Keras 2 wrote. */
  private kernel(name: string): WeightArray | undefined {
    return this.arrays.get(`${name}/kernel`) ?? this.arrays.get(`${name}/depthwise_kernel`);
  }

  private vector(name: string, length: number): Float32Array {
    const array = this.arrays.get(name);
    if (array?.values.length !== length) throw this.misfit(name, array, `${length} values`);
    return array.values;
  }

  private misfit(name: string, array: WeightArray | undefined, expected: string): UserError {
    const { source, title } = this.options;
    return new UserError(
      `${source}: ${name} is ${array?.shape.join('x') ?? 'missing'}, not ${expected}: it is not a whole weights file of ${title}, use the one of keras.applications.`,
    );
  }
}

/**
 * The same arrays with convolutions and batch normalizations numbered from 1 in the order in which Keras created
 * them ('conv2d', 'conv2d_1', ... in some files, from 'conv2d_1' or a later number in others).
 */
export function renumbered(arrays: WeightArrays): WeightArrays {
  const newNames = new Map(
    ['conv2d', 'batch_normalization'].flatMap((kind) =>
      numberedLayers(arrays, kind).map((layer, i) => [layer, `${kind}_${i + 1}`] as const),
    ),
  );
  return new Map(
    [...arrays].map(([name, array]) => {
      const [layer, part] = name.split('/');
      return [`${newNames.get(layer) ?? layer}/${part}`, array];
    }),
  );
}

/** Layers 'kind', 'kind_1', 'kind_2', ... by number. */
function numberedLayers(arrays: WeightArrays, kind: string): string[] {
  const number = (layer: string) => Number(layer.slice(kind.length + 1) || 0);
  const layers = [...arrays.keys()].map((name) => name.split('/')[0]);
  const numbered = layers.filter((layer) => new RegExp(`^${kind}(_\\d+)?$`).test(layer));
  return [...new Set(numbered)].sort((a, b) => number(a) - number(b));
}
