import assert from 'node:assert';
import { areFinite, decodeFloat16, encodeFloat16 } from '../../lib/ops/float16';

function encode(...values: number[]): number[] {
  return [...encodeFloat16(Float32Array.from(values))];
}

function decode(...halves: number[]): number[] {
  return [...decodeFloat16(Uint16Array.from(halves))];
}

const hex = (values: number[]) => values.map((value) => value.toString(16));

describe('halves', () => {
  it('have the bits of IEEE 754 binary16', () => {
    // 'struct.pack("<e", x)' in Python
    const values = [0, -0, 1, -2, 1 / 3, 65504, 2 ** -14, 2 ** -24, Math.PI, Infinity];
    const bits = ['0', '8000', '3c00', 'c000', '3555', '7bff', '400', '1', '4248', '7c00'];
    assert.deepStrictEqual(hex(encode(...values)), bits);
  });

  it('round to the nearest, and to the even one of two that are as near', () => {
    assert.deepStrictEqual(hex(encode(1 + 2 ** -11, 1 + 3 * 2 ** -11)), ['3c00', '3c02']);
    assert.deepStrictEqual(hex(encode(65519, 65520)), ['7bff', '7c00']);
    assert.deepStrictEqual(hex(encode(2 ** -25, 1.001 * 2 ** -25, 3 * 2 ** -25)), ['0', '1', '2']);
  });

  it('do so between any two neighbors', () => {
    for (let half = 0; half < 0x7bff; half++) {
      const [low, high] = decode(half, half + 1);
      const middle = (low + high) / 2; // exact in float32
      const step = (high - low) / 256;
      const even = half % 2 === 0 ? half : half + 1;
      assert.deepStrictEqual(encode(middle, middle - step, middle + step), [even, half, half + 1]);
      assert.deepStrictEqual(encode(-middle, low, -high), [even | 0x8000, half, (half + 1) | 0x8000]);
    }
  });

  it('tell numbers from what is none', () => {
    assert.deepStrictEqual(decode(0x7c00, 0xfc00, 0x7e00), [Infinity, -Infinity, NaN]);
    assert.deepStrictEqual(
      encode(NaN).map((half) => (half & 0x7c00) === 0x7c00 && (half & 0x3ff) !== 0),
      [true],
    );
    assert.strictEqual(areFinite(Uint16Array.of(0, 0x7bff, 0xfbff)), true);
    assert.strictEqual(areFinite(Uint16Array.of(0, 0x7c00)), false);
    assert.strictEqual(areFinite(Uint16Array.of(0xfe00)), false);
  });
});
