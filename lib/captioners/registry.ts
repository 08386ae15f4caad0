import { z } from 'zod';
import { Registry } from '../registry';
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

const registry = new Registry<CaptionerDefinition>('captioner', builtIn);

/**
 * Adds a captioner: flags, configuration, saved models, benchmarks and comparison know it from then on.
 * @returns a function that removes it again
 * @throws Error where the name is taken, or another captioner has one of its options with other values
 */
export function registerCaptioner<Options extends CommonOptions>(
  definition: CaptionerDefinition<Options>,
): () => void {
  checkOptions(definition as unknown as CaptionerDefinition);
  return registry.register(definition as unknown as CaptionerDefinition);
}

/** Options of the same name are one flag and one hyperparameter, so they have to take the same values. */
function checkOptions({ name, options }: CaptionerDefinition): void {
  for (const other of captionerDefinitions()) {
    const differs = (option: string) =>
      option !== 'name' &&
      option in other.options.shape &&
      valuesOf(options.shape[option]) !== valuesOf(other.options.shape[option]);
    const option = Object.keys(options.shape).find(differs);
    if (option === undefined) continue;
    throw new Error(
      `The option "${option}" of the captioner "${name}" takes other values than that of "${other.name}": give it another name or the same type and range.`,
    );
  }
}

/** Type and range of an option. */
function valuesOf(schema: z.ZodType): string {
  const { default: _default, description: _description, ...values } = z.toJSONSchema(schema);
  return JSON.stringify(values);
}

/** All kinds of captioners, in the order in which they are listed. */
export const captionerDefinitions = (): CaptionerDefinition[] => registry.all();

/** Their names. */
export const captionerNames = (): CaptionerName[] => registry.names();

/** @throws UserError where there is no captioner of this name */
export const captionerDefinition = (name: CaptionerName): CaptionerDefinition => registry.get(name);

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
