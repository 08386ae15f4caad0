import { z } from 'zod';
import { FUSED } from './encoders/fused-encoder';
import { encoderNames } from './encoders/registry';
import { registeredNames } from '../registered-names';

/** Which network encodes the images, and where its features are taken. */
export const encoderOptions = z.strictObject({
  encoder: registeredNames(encoderNames, FUSED, ['auto'])
    .default('auto')
    .describe(
      '"auto": the first whose weights are in models/, or the one that encoderWeights fits; several look at the image ' +
        'together',
    ),
  endPoint: z
    .string()
    .default('')
    .describe(
      `layer whose output is the features (empty: the last); of several encoders with ${FUSED} between them`,
    ),
  encoderWeights: z
    .string()
    .default('')
    .describe(
      'path of the weights file: HDF5 or .keras of Keras, or safetensors (empty: the one in models/); of several ' +
        'encoders with commas between them',
    ),
  fineTuneFrom: z
    .string()
    .default('')
    .describe(
      'layer of the encoder; the blocks behind it, up to the end point, are trained too (empty: none)',
    ),
  encoderBatchSize: z.int().min(1).max(1024).default(32).describe('images per encoder batch'),
  precision: z
    .literal(['auto', 'float32', 'bfloat16'])
    .default('auto')
    .describe('products of encoder and training step ("auto": bfloat16 where the processor has it)'),
});

export type EncoderOptions = z.infer<typeof encoderOptions>;

/** The options that choose the encoder, its weights, its end point, and from where on it is trained. */
export type EncoderLoadOptions = Pick<EncoderOptions, 'encoder' | 'endPoint' | 'encoderWeights'> &
  Partial<Pick<EncoderOptions, 'fineTuneFrom'>>;
