import type { Captioner } from '../captioners/captioner';
import { createCaptioner } from '../captioners/create';
import { fineTuned } from '../captioners/fine-tuned';
import { encoderDefinitions } from '../encoders/definitions';
import { upperBlocks } from '../encoders/upper-blocks';
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
    encoder: Pick<ModelRecord['encoder'], 'name' | 'endPoint' | 'trainedTo'>;
  },
  rate = 1,
): Captioner {
  if (encoder.trainedTo === undefined) return createCaptioner(captioner, inputs);
  const blocks = upperBlocks(encoderDefinitions[encoder.name], encoder.endPoint, encoder.trainedTo);
  const { side, channels } = blocks.output;
  return fineTuned(createCaptioner(captioner, { ...inputs, regions: side ** 2, channels }), blocks, rate);
}
