import { UserError } from '../../errors';
import { foldBatchNorm } from './batch-norm';
import type { ConvolutionReader } from './definition';
import type { ConvolutionShape } from './layers';
import { transpose, type WeightArray, type WeightArrays } from './weight-arrays';

/** The convolutions of a PyTorch checkpoint by the names of their layers. */
export class TorchConvolutions implements ConvolutionReader {
  /** @param remedy what to do about a file that does not fit */
  constructor(
    private readonly arrays: WeightArrays,
    private readonly options: { source: string; remedy: string; epsilon: number },
  ) {}

  holds({ name }: ConvolutionShape): boolean {
    return this.arrays.has(`${name}.weight`);
  }

  read({ name, norm, kernel: expected, filters }: ConvolutionShape) {
    const stored = this.arrays.get(`${name}.weight`);
    // OIHW to HWIO; depthwise: [channels, 1, H, W] to HWC1
    const axes = expected[3] === filters ? [2, 3, 1, 0] : [2, 3, 0, 1];
    const kernel = stored?.shape.length === 4 ? transpose(stored, axes) : undefined;
    if (kernel?.shape.join('x') !== expected.join('x'))
      throw this.misfit(`${name}.weight`, kernel, expected.join('x'));

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
    if (array?.values.length !== length) throw this.misfit(name, array, `${length} values`);
    return array.values;
  }

  private misfit(name: string, array: WeightArray | undefined, expected: string): UserError {
    const { source, remedy } = this.options;
    return new UserError(
      `${source}: ${name} is ${array?.shape.join('x') ?? 'missing'}, not ${expected}: ${remedy}.`,
    );
  }
}
