import { UserError } from '../../errors';
import { foldBatchNorm } from './batch-norm';
import type { ConvolutionReader } from './convolutional-encoder';
import type { ConvolutionShape } from './layers';
import { transpose, type WeightArrays } from './weight-arrays';

/** From OIHW to HWIO; depthwise kernels from [channels, 1, H, W] to [H, W, channels, 1]. */
const axesOf = ({ kernel, filters }: ConvolutionShape) =>
  kernel[3] === filters ? [2, 3, 1, 0] : [2, 3, 0, 1];

/** The convolutions of PyTorch's weights by the names of their layers. */
export class TorchConvolutions implements ConvolutionReader {
  /** @param remedy what to do about a file that does not fit */
  constructor(
    private readonly arrays: WeightArrays,
    private readonly options: { source: string; remedy: string; epsilon: number },
  ) {}

  kernelShape(convolution: ConvolutionShape): readonly number[] | undefined {
    const stored = this.arrays.get(`${convolution.name}.weight`)?.shape;
    return stored?.length === 4 ? axesOf(convolution).map((axis) => stored[axis]) : stored;
  }

  read(convolution: ConvolutionShape) {
    const { name, norm, kernel: expected, filters } = convolution;
    const stored = this.arrays.get(`${name}.weight`);
    const shape = this.kernelShape(convolution)?.join('x');
    if (!stored || shape !== expected.join('x'))
      throw this.misfit(`${name}.weight`, shape, expected.join('x'));
    const kernel = transpose(stored, axesOf(convolution));

    if (norm === undefined) return { kernel, bias: this.vector(`${name}.bias`, filters) };
    const values = (part: string) => this.vector(`${norm}.${part}`, filters);
    return foldBatchNorm(kernel, {
      gamma: values('weight'),
      beta: values('bias'),
      mean: values('running_mean'),
      variance: values('running_var'),
      epsilon: this.options.epsilon,
    });
  }

  private vector(name: string, length: number): Float32Array {
    const array = this.arrays.get(name);
    if (array?.values.length !== length) throw this.misfit(name, array?.shape.join('x'), `${length} values`);
    return array.values;
  }

  private misfit(name: string, shape: string | undefined, expected: string): UserError {
    const { source, remedy } = this.options;
    return new UserError(`${source}: ${name} is ${shape ?? 'missing'}, not ${expected}: ${remedy}.`);
  }
}
