import { Float16Array } from '@petamoriken/float16';

/** As many float16 values, all the same, as their bits. */
export function constantFloat16(length: number, value: number): Uint16Array {
  const [bits] = new Uint16Array(Float16Array.of(value).buffer);
  return new Uint16Array(length).fill(bits);
}
