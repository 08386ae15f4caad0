import { UserError } from '../../errors';
import type { ConvolutionReader } from './convolutional-encoder';
import type { ConvolutionShape } from './layers';
import type { WeightArray, WeightArrays } from './weight-arrays';

/** Convolutions whose batch normalization is in the file's arrays already: `name/kernel` (HWIO) and `name/bias`. */
export class FoldedConvolutions implements ConvolutionReader {
  /** @param remedy what to do about a file that does not fit */
  constructor(
    private readonly arrays: WeightArrays,
    private readonly options: { source: string; remedy: string },
  ) {}

  kernelShape({ name }: ConvolutionShape): readonly number[] | undefined {
    return this.arrays.get(`${name}/kernel`)?.shape;
  }

  read({ name, kernel, filters }: ConvolutionShape) {
    return {
      kernel: this.array(`${name}/kernel`, kernel),
      bias: this.array(`${name}/bias`, [filters]).values,
    };
  }

  private array(name: string, expected: readonly number[]): WeightArray {
    const array = this.arrays.get(name);
    if (array?.shape.join('x') === expected.join('x')) return array;
    const { source, remedy } = this.options;
    const shape = array?.shape.join('x') ?? 'missing';
    throw new UserError(`${source}: ${name} is ${shape}, not ${expected.join('x')}: ${remedy}.`);
  }
}
