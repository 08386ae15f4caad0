import type { CaptionerOptions } from '../config/captioner-options';
import type { Captioner, CaptionerInputs } from './captioner';
import { crossAttention } from './cross-attention';
import { transformer } from './transformer';

/** The captioner that the options name, with their sizes. */
export function createCaptioner(options: CaptionerOptions, inputs: CaptionerInputs): Captioner {
  switch (options.model) {
    case 'cross-attention':
      return crossAttention(options, inputs);
    case 'transformer':
      return transformer(options, inputs);
    default:
      throw new Error(`${options.model} is not built yet`);
  }
}
