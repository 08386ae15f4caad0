/** A list in pieces of `size`, in its order; the last one holds what is left. */
export function inBatches<T>(items: readonly T[], size: number): T[][] {
  const batches: T[][] = [];
  for (let i = 0; i < items.length; i += size) batches.push(items.slice(i, i + size));

  return batches;
}
