import type { Captioner } from '../captioners/captioner';
import { createCaptioner } from '../captioners/registry';
import { withFineTunedEncoder } from '../captioners/fine-tuned';
import { fineTunedBlocks } from '../vision/encoders/encoder';
import { encoderDefinition } from '../vision/encoders/registry';
import type { ModelRecord } from './format';

/**
 * The captioner of a model, with the blocks of the encoder in front that were trained with it.
 * @param rate share of the learning rate with which those are trained
 */
export function modelCaptioner(
  {
    captioner,
    inputs,
    encoder,
  }: Pick<ModelRecord, 'captioner' | 'inputs'> & {
    encoder: Pick<ModelRecord['encoder'], 'name' | 'endPoint' | 'fineTunedTo'>;
  },
  rate = 1,
): Captioner {
  if (encoder.fineTunedTo === undefined) return createCaptioner(captioner, inputs);
  const blocks = fineTunedBlocks(encoderDefinition(encoder.name), encoder.endPoint, encoder.fineTunedTo);
  const { regions, channels } = blocks.output;
  return withFineTunedEncoder(createCaptioner(captioner, { ...inputs, regions, channels }), blocks, rate);
}
