/*
 * Numbers of 16 bits (IEEE 754 binary16): sign, 5 bits of exponent, 10 of fraction. Features need
 * no more than their 3 decimal digits, and take half the space on disk.
 */

const floatBits = new Float32Array(1);
const intBits = new Uint32Array(floatBits.buffer);

/** Rounds float32 values to the nearest half, ties to even. Values from 65520 on become infinite. */
export function encodeFloat16(values: Float32Array): Uint16Array {
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    floatBits[0] = values[i];
    halves[i] = halfOfBits(intBits[0]);
  }
  return halves;
}

/** Halves to float32, exactly. */
export function decodeFloat16(halves: Uint16Array): Float32Array {
  const table = decodingTable();
  const result = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) result[i] = table[halves[i]];
  return result;
}

/** Whether all are numbers: neither infinite nor NaN. */
export function areFinite(halves: Uint16Array): boolean {
  for (let i = 0; i < halves.length; i++) if ((halves[i] & 0x7c00) === 0x7c00) return false;

  return true;
}

/** The half nearest to the float32 with these bits. */
function halfOfBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude >= 0x7f800000) return sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00); // NaN, infinite

  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65520 and above round to infinite

  if (magnitude >= 0x38800000) {
    // Normal: the exponent's bias falls from 127 to 15, 13 bits of fraction are rounded off.
    const odd = (magnitude >>> 13) & 1;
    return sign | ((magnitude - 0x38000000 + 0xfff + odd) >>> 13);
  }
  if (magnitude < 0x33000000) return sign; // below half of the smallest half

  // Subnormal: the fraction with its leading one, as a multiple of 2^-24.
  const shift = 126 - (magnitude >>> 23);
  const fraction = (magnitude & 0x7fffff) | 0x800000;
  const whole = fraction >>> shift;
  const rest = fraction & ((1 << shift) - 1);
  const tie = 1 << (shift - 1);
  return sign | (whole + (rest > tie || (rest === tie && (whole & 1) === 1) ? 1 : 0));
}

let table: Float32Array | undefined;

/** The value of each of the 65,536 halves. */
function decodingTable(): Float32Array {
  table ??= Float32Array.from({ length: 0x10000 }, (_, half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >>> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;

    return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
  return table;
}
