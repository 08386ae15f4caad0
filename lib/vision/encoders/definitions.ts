import type { EncoderDefinition } from './definition';
import { efficientNetB1 } from './efficientnet-b1';
import { efficientNetLite0 } from './efficientnet-lite0';
import { inceptionV3 } from './inception-v3';
import type { EncoderName } from './names';
import { resNet50 } from './resnet-50';

/** All networks that can look at pictures. */
export const encoderDefinitions: Record<EncoderName, EncoderDefinition> = {
  'inception-v3': inceptionV3,
  'resnet-50': resNet50,
  'efficientnet-b1': efficientNetB1,
  'efficientnet-lite0': efficientNetLite0,
};
