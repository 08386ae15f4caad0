import { UserError } from '../../errors';
import type { ConvolutionReader } from './convolutional-encoder';
import type { ConvolutionShape } from './layers';
import type { WeightArrays } from './weight-arrays';

/** Convolutions whose batch normalization is in the file's arrays already: `name/kernel` and `name/bias`, HWIO. */
export class FoldedConvolutions implements ConvolutionReader {
  /** @param remedy what to do about a file that does not fit */
  constructor(
    private readonly arrays: WeightArrays,
    private readonly options: { source: string; remedy: string },
  ) {}

  kernelShape({ name }: ConvolutionShape): readonly number[] | undefined {
    return this.arrays.get(`${name}/kernel`)?.shape;
  }

  read({ name, kernel: expected, filters }: ConvolutionShape) {
    const kernel = this.arrays.get(`${name}/kernel`);
    const bias = this.arrays.get(`${name}/bias`);
    if (kernel?.shape.join() !== expected.join() || bias?.values.length !== filters) {
      const { source, remedy } = this.options;
      const shape = kernel?.shape.join('x') ?? 'missing';
      throw new UserError(`${source}: ${name} is ${shape}, not ${expected.join('x')}: ${remedy}.`);
    }
    return { kernel, bias: bias.values };
  }
}
