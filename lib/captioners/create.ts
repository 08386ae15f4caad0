import type { CaptionerOptions } from '../config/captioner-options';
import { attentionLstmCaptioner } from './attention-lstm';
import type { Captioner, CaptionerInputs } from './captioner';
import { crossAttention } from './cross-attention';
import { showAndTell } from './show-and-tell';
import { transformer } from './transformer';

/** The captioner that the options name, with their sizes. */
export function createCaptioner(options: CaptionerOptions, inputs: CaptionerInputs): Captioner {
  switch (options.name) {
    case 'cross-attention':
      return crossAttention(options, inputs);
    case 'attention-lstm':
      return attentionLstmCaptioner(options, inputs);
    case 'show-and-tell':
      return showAndTell(options, inputs);
    case 'transformer':
      return transformer(options, inputs);
  }
}
