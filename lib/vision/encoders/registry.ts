import { UserError } from '../../errors';
import type { EncoderDefinition } from './definition';
import { efficientNetB1 } from './efficientnet-b1';
import { efficientNetLite0 } from './efficientnet-lite0';
import { inceptionV3 } from './inception-v3';
import { resNet50 } from './resnet-50';

/** All encoders. Where none is chosen, the first whose weights are on this machine is used. */
const definitions: EncoderDefinition[] = [inceptionV3, efficientNetLite0, resNet50, efficientNetB1];

/**
 * Adds an encoder to those that options, commands and saved models can name.
 * @throws Error where there is one of that name
 */
export function registerEncoder(definition: EncoderDefinition): void {
  if (definitions.some(({ name }) => name === definition.name))
    throw new Error(`The encoder ${definition.name} is registered already: choose another name.`);

  definitions.push(definition);
}

/** The registered encoders, in the order of preference. */
export const encoderDefinitions = (): readonly EncoderDefinition[] => definitions;

/** Their names. */
export const encoderNames = (): string[] => definitions.map(({ name }) => name);

/**
 * The encoder of a name.
 * @throws UserError where there is none
 */
export function encoderDefinition(name: string): EncoderDefinition {
  const found = definitions.find((definition) => definition.name === name);
  if (!found) throw new UserError(`Unknown encoder "${name}": expected one of ${encoderNames().join(', ')}.`);

  return found;
}
