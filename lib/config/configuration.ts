import { z } from 'zod';
import { captionerDefinition, captionerNames, type CaptionerName } from '../captioners/registry';
import type { Sizes } from '../captioners/definition';
import { UserError } from '../errors';
import { shownValue } from '../short-value';
import { dataOptions } from '../data/options';
import { checkDecodingOptions, decodingOptions } from '../decoding/options';
import { trainingOptions } from '../training/options';
import { encoderOptions } from '../vision/options';
import { presets } from './presets';
import { namedValues, optionGroups, type NamedValues } from './named-options';
import type { CaptionerOverrides, Configuration, Overrides, Preset } from './types';
import { pathSpelling, refuseUnused } from './unused-options';
import { explainOptions } from './values';

/** All options of an experiment with a captioner of some kind. */
const schemaFor = (name: CaptionerName) =>
  z.strictObject({
    data: dataOptions,
    encoder: encoderOptions,
    captioner: captionerDefinition(name).options as unknown as z.ZodType<Configuration['captioner']>,
    training: trainingOptions,
    decoding: decodingOptions,
    /** folder of the trained model */
    model: z.string(),
    /** folder of the model that training starts from */
    from: z.string().optional(),
  });

const plainGroups = ['data', 'encoder', 'training', 'decoding'] as const;

/**
 * The configuration of an experiment: defaults, then the preset of the data set or the one named, then the
 * environment variables DATASET, DATA_DIR and PRESET, then what is given here.
 *
 * @param spell how messages name options that have no effect
 * @throws UserError that names an option that does not exist, is out of its range or has no effect beside the others
 */
export function configure(
  overrides: Overrides = {},
  environment = process.env,
  spell = pathSpelling,
): Configuration {
  const { given, options } = putTogether(overrides, environment);
  refuseUnused(namedValues(given), namedValues(options), optionGroups, spell);
  const schema = schemaFor(options.captioner.name);
  const parsed = schema.safeParse(options);
  if (!parsed.success) throw new UserError(explainOptions(parsed.error, schema, options));
  checkDecodingOptions(parsed.data.decoding);
  return parsed.data;
}

/**
 * The values that `configure` puts together, by name, as they are: without those of defaults, and also where options have
 * no effect or are out of their range.
 */
export function valuesOf(overrides: Overrides, environment = process.env): NamedValues {
  return namedValues(putTogether(overrides, environment).options);
}

/** What is given without the name of the preset, and the options that follow: preset, environment, what is given. */
function putTogether(overrides: Overrides, environment: NodeJS.ProcessEnv) {
  checkGroups(overrides);
  const { preset: givenPreset, ...others } = overrides;
  const given = { ...others, captioner: captionerOf(overrides) };
  const dataset = given.data?.dataset ?? (environment['DATASET'] || 'scenes');
  const usual = given.from !== undefined ? 'from-model' : dataset === 'scenes' ? 'scenes' : 'default';
  const named = givenPreset ?? (environment['PRESET'] || usual);
  const preset = Object.hasOwn(presets, named) ? presets[named] : undefined;
  if (!preset)
    throw new UserError(`Unknown preset "${named}": expected one of ${Object.keys(presets).join(', ')}.`);

  const captioner = captionerSizes(named, preset, given);
  const merged = Object.fromEntries(
    plainGroups.map((group) => [group, { ...preset[group], ...given[group] }]),
  );
  const data = { ...merged['data'], dataset, dataDir: dataFolder(dataset, given, preset, environment) };
  const model = given.model ?? preset.model ?? `models/${dataset}`;
  return { given, options: { ...given, ...merged, captioner, data, model } };
}

/** @throws UserError where a group of options is none, as in `configure({ training: 5 })` */
function checkGroups(overrides: Overrides): void {
  for (const group of optionGroups) {
    const given: unknown = group === 'captioner' ? captionerOf(overrides) : overrides[group];
    if (given === undefined || (typeof given === 'object' && given !== null && !Array.isArray(given)))
      continue;
    const expected =
      group === 'captioner' ? `{ name: … }, a name of ${captionerNames().join(', ')}` : 'options in { … }';
    throw new UserError(`Option ${group}: expected ${expected}, got ${shownValue(given)}.`);
  }
}

/** The captioner of some overrides, which may name its kind alone. */
export function captionerOf({ captioner = {} }: Overrides): CaptionerOverrides {
  return typeof captioner === 'string' ? { name: captioner } : captioner;
}

/** The kind of captioner, with its sizes in the preset and then those that are given. */
function captionerSizes(
  presetName: string,
  preset: Preset,
  given: { captioner: CaptionerOverrides },
): CaptionerOverrides & { name: CaptionerName } {
  const name = given.captioner.name ?? preset.captioner ?? captionerNames()[0];
  const own: Record<string, Sizes> = captionerDefinition(name).sizes;
  return { ...own[presetName], ...preset.sizes?.[name], ...given.captioner, name };
}

function dataFolder(
  dataset: string,
  { data }: Overrides,
  preset: Preset,
  environment: NodeJS.ProcessEnv,
): string {
  // The folder of a preset is one for scenes.
  const usual = (dataset === 'scenes' && preset.data?.dataDir) || `data/${dataset}`;
  return data?.dataDir ?? (environment['DATA_DIR'] || usual);
}
