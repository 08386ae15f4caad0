import assert from 'node:assert';
import fs from 'node:fs';

/** Float32 numbers that another program wrote one after the other. */
export function readFloats(file: string): Float32Array {
  return new Float32Array(Uint8Array.from(fs.readFileSync(file)).buffer);
}

/** Euclidean norm of the difference over that of what is expected. */
export function relativeDifference(actual: Float32Array, expected: Float32Array): number {
  assert.strictEqual(actual.length, expected.length);
  const norm = (values: Float32Array) => Math.hypot(...chunkNorms(values));
  assert.ok(norm(expected) > 0);
  return norm(actual.map((value, i) => value - expected[i])) / norm(expected);
}

/** Norms of pieces, since Math.hypot takes its numbers as arguments. */
function chunkNorms(values: Float32Array): number[] {
  const norms: number[] = [];
  for (let i = 0; i < values.length; i += 4096) norms.push(Math.hypot(...values.subarray(i, i + 4096)));

  return norms;
}
