/** An array of a weights file, in row-major order. */
export interface WeightArray {
  shape: number[];
  values: Float32Array;
}

/** The arrays of a weights file by name, e.g. 'conv2d_1/kernel' or '_blocks.0._bn1.bias'. */
export type WeightArrays = ReadonlyMap<string, WeightArray>;

/**
 * The same array with its axes in another order.
 * @param axes axes of the input in the order of the output, as numpy.transpose takes them
 */
export function transpose(array: WeightArray, axes: number[]): WeightArray {
  const strides = rowMajorStrides(array.shape);
  return fromStrides(
    array.values,
    axes.map((axis) => array.shape[axis]),
    axes.map((axis) => strides[axis]),
  );
}

/** Copies a strided view of `values` into row-major order. Strides and offset count elements. */
export function fromStrides(
  values: Float32Array,
  shape: number[],
  strides: number[],
  offset = 0,
): WeightArray {
  const result = new Float32Array(shape.reduce((product, size) => product * size, 1));
  let next = 0;
  const copyAxis = (axis: number, position: number): void => {
    if (axis === shape.length) {
      result[next++] = values[position];
      return;
    }
    for (let i = 0; i < shape[axis]; i++) copyAxis(axis + 1, position + i * strides[axis]);
  };
  copyAxis(0, offset);
  return { shape, values: result };
}

/** Elements between neighbors along each axis of a row-major array. */
export function rowMajorStrides(shape: number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1] * shape[axis + 1];

  return strides;
}
