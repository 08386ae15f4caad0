import fs from 'node:fs';
import type { EncoderOptions } from '../config/options';

/** The precision of products that an option means on this machine. */
export function resolvePrecision(option: EncoderOptions['precision']): 'float32' | 'bfloat16' {
  if (option !== 'auto') return option;
  return processorHasBfloat16() ? 'bfloat16' : 'float32';
}

/** Whether the processor multiplies bfloat16 numbers itself (AVX-512 BF16 or AMX); Linux tells. */
function processorHasBfloat16(): boolean {
  try {
    return /\b(avx512_bf16|amx_bf16)\b/.test(fs.readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    return false;
  }
}
