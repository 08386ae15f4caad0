import * as tf from '@tensorflow/tfjs-core';

/** A tensor, or tensors in records and lists as deep as one likes, as `tf.nest` of Python has them. */
export type NestedTensors =
  tf.Tensor | readonly NestedTensors[] | { readonly [name: string]: NestedTensors | undefined };

/** The tensors of a structure in one list: those of a record by their sorted names. Absent fields are left out. */
export function flatten(nested: NestedTensors): tf.Tensor[] {
  const tensors: tf.Tensor[] = [];
  mapTensors(nested, (tensor) => {
    tensors.push(tensor);
    return tensor;
  });
  return tensors;
}

/** The inverse of `flatten`: the same structure with other tensors, whatever it holds itself. */
export function unflatten<T extends NestedTensors>(structure: T, tensors: readonly tf.Tensor[]): T {
  let next = 0;
  return mapTensors(structure, () => tensors[next++]);
}

/** The same structure with another tensor in place of each, in the order of `flatten`. */
export function mapTensors<T extends NestedTensors>(nested: T, fn: (tensor: tf.Tensor) => tf.Tensor): T {
  const map = (part: NestedTensors): NestedTensors => {
    if (part instanceof tf.Tensor) return fn(part);
    if (isList(part)) return part.map(map);
    const result = { ...part }; // its names stay in their order
    for (const [name, inner] of sortedFields(part)) result[name] = map(inner);
    return result;
  };
  return map(nested) as T;
}

/** Tells apart structures, and the shapes and types of their tensors. */
export function signatureOf(nested: NestedTensors): string {
  if (nested instanceof tf.Tensor) return `${nested.dtype}[${nested.shape.join()}]`;
  if (isList(nested)) return `[${nested.map(signatureOf).join()}]`;
  const fields = sortedFields(nested).map(([name, inner]) => `${JSON.stringify(name)}:${signatureOf(inner)}`);
  return `{${fields.join()}}`;
}

function sortedFields(record: {
  readonly [name: string]: NestedTensors | undefined;
}): [string, NestedTensors][] {
  return Object.keys(record)
    .sort()
    .flatMap((name): [string, NestedTensors][] => {
      const inner = record[name];
      return inner === undefined ? [] : [[name, inner]];
    });
}

function isList(nested: NestedTensors): nested is readonly NestedTensors[] {
  return Array.isArray(nested);
}
