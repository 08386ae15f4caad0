import * as tf from '@tensorflow/tfjs-core';

/** A tensor, or tensors in records and lists as deep as one likes, as `tf.nest` of Python has them. */
export type NestedTensors = tf.Tensor | readonly NestedTensors[] | TensorRecord;

type TensorRecord = { readonly [name: string]: NestedTensors | undefined };

/** The tensors of a structure in one list: those of a record by their sorted names. Absent fields are left out. */
export function flatten(nested: NestedTensors, tensors: tf.Tensor[] = []): tf.Tensor[] {
  if (nested instanceof tf.Tensor) tensors.push(nested);
  else if (isList(nested)) for (const one of nested) flatten(one, tensors);
  else for (const name of fieldsOf(nested)) flatten(nested[name]!, tensors);

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
    const result: Record<string, NestedTensors | undefined> = { ...part }; // its names keep their own order
    for (const name of fieldsOf(part)) result[name] = map(part[name]!);
    return result;
  };
  return map(nested) as T;
}

/** Tells apart structures, and the shapes and types of their tensors. */
export function signatureOf(nested: NestedTensors): string {
  if (nested instanceof tf.Tensor) return `${nested.dtype}[${nested.shape.join()}]`;
  if (isList(nested)) return `(${nested.map(signatureOf).join()})`;
  let fields = '';
  for (const name of fieldsOf(nested)) fields += `${name}:${signatureOf(nested[name]!)};`;
  return `{${fields}}`;
}

/** The sorted names of a record's tensors, records and lists. */
function fieldsOf(record: TensorRecord): string[] {
  return Object.keys(record)
    .filter((name) => record[name] !== undefined)
    .sort();
}

function isList(nested: NestedTensors): nested is readonly NestedTensors[] {
  return Array.isArray(nested);
}
