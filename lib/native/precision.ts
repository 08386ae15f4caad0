import fs from 'node:fs';
import type { Precision } from './graph/bfloat16';

/**
 * The precision of products that an option means on this machine.
 *
 * 'auto' is bfloat16 where the processor has it and the model, if there is one, was trained so. Elsewhere a model that
 * was trained with bfloat16 features gets float32 ones, which are close: some captions change, but the shipped model's
 * scores on Flickr8k's dev list by 0.4 points at most (CIDEr 51.9 with both, beam 3).
 * @param trained what the model's record says of its features (`encoder.precision`)
 */
export function resolvePrecision(
  option: 'auto' | 'float32' | 'bfloat16',
  trained: 'float32' | 'bfloat16' = 'bfloat16',
): 'float32' | 'bfloat16' {
  if (option !== 'auto') return option;
  return trained === 'bfloat16' && processorHasBfloat16() ? 'bfloat16' : 'float32';
}

/** Whether the processor multiplies bfloat16 numbers itself (AVX-512 BF16 or AMX); known on Linux alone. */
function processorHasBfloat16(): boolean {
  try {
    return /\b(avx512_bf16|amx_bf16)\b/.test(fs.readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    return false;
  }
}

/** The precision of a graph whose products are to be of this kind while all else stays float32. */
export function matmulPrecision(precision: 'float32' | 'bfloat16'): Precision {
  return precision === 'bfloat16' ? 'bfloat16-matmuls' : 'float32';
}
