import { z } from 'zod';
import { UserError } from '../errors';
import { attentionLstm } from './attention-lstm';
import type { Captioner, CaptionerInputs } from './captioner';
import { crossAttention } from './cross-attention';
import type { CaptionerDefinition, CommonOptions, OptionsOf } from './definition';
import { showAndTell } from './show-and-tell';
import { transformer } from './transformer';

/** The captioners of this project; the first is the default. A new one needs its file and its entry here. */
const builtIn = [crossAttention, attentionLstm, showAndTell, transformer] as const;

/** Options of a captioner of some kind, told apart by `name`. */
export type CaptionerOptions = OptionsOf<(typeof builtIn)[number]>;

/** A kind of captioner: one of this project's, or one that was registered. */
export type CaptionerName = CaptionerOptions['name'] | (string & {});

const registered = new Map<string, CaptionerDefinition>(builtIn.map((one) => [one.name, one]));

/** All kinds of captioners, in the order in which they are listed. */
export function captionerDefinitions(): CaptionerDefinition[] {
  return [...registered.values()];
}

export function captionerNames(): CaptionerName[] {
  return [...registered.keys()];
}

/** @throws UserError where there is no captioner of this name */
export function captionerDefinition(name: CaptionerName): CaptionerDefinition {
  const definition = registered.get(name);
  if (definition) return definition;
  throw new UserError(
    `Unknown captioner ${JSON.stringify(name)}: expected one of ${captionerNames().join(', ')}.`,
  );
}

/**
 * Makes a captioner known to flags, configuration, saved models, benchmarks and comparison.
 * @throws UserError where another one has its name
 */
export function registerCaptioner<Options extends CommonOptions>(
  definition: CaptionerDefinition<Options>,
): void {
  if (registered.has(definition.name))
    throw new UserError(`The captioner ${definition.name} is already registered: choose another name.`);

  registered.set(definition.name, definition as unknown as CaptionerDefinition);
}

/** The inverse of `registerCaptioner`. */
export function unregisterCaptioner(name: string): void {
  registered.delete(name);
}

/** The captioner that the options name, with their sizes. */
export function createCaptioner(options: CommonOptions, inputs: CaptionerInputs): Captioner {
  return captionerDefinition(options.name).create(options, inputs);
}

/** The options of any registered captioner. Made anew where it is used, since captioners may be registered later. */
export function captionerOptionsSchema(): z.ZodType<CaptionerOptions> {
  const schemas = captionerDefinitions().map(({ options }) => options);
  const error = `expected a registered captioner: ${captionerNames().join(', ')}`;
  return z.discriminatedUnion('name', schemas as unknown as [z.ZodObject], {
    error,
  }) as unknown as z.ZodType<CaptionerOptions>;
}
