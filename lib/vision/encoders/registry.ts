import { Registry } from '../../registry';
import type { EncoderDefinition } from './definition';
import { efficientNetB1 } from './efficientnet-b1';
import { efficientNetLite0, efficientNetLite1, efficientNetLite2 } from './efficientnet-lite';
import { inceptionV3 } from './inception-v3';
import { resNet50 } from './resnet-50';
import { ssdliteMobileNetV2 } from './ssdlite-mobilenet-v2';

/** All encoders. Where none is chosen, the first whose weights are on this machine is used. */
const registry = new Registry<EncoderDefinition>('encoder', [
  inceptionV3, //
  efficientNetLite0,
  resNet50,
  efficientNetB1,
  efficientNetLite1,
  efficientNetLite2,
  ssdliteMobileNetV2,
]);

/**
 * Adds an encoder to those that options, commands and saved models can name.
 * @returns a function that removes it again
 * @throws Error where the name is taken
 */
export function registerEncoder(definition: EncoderDefinition): () => void {
  return registry.register(definition);
}

/** The registered encoders, in the order of preference. */
export const encoderDefinitions = (): readonly EncoderDefinition[] => registry.all();

/** Their names. */
export const encoderNames = (): string[] => registry.names();

/** @throws UserError where there is no encoder of this name */
export const encoderDefinition = (name: string): EncoderDefinition => registry.get(name);
