import { z } from 'zod';
import { UserError } from '../errors';
import { captionerOptions, dataOptions, decodingOptions, encoderOptions, trainingOptions } from './options';
import { presets } from './presets';
import type { Configuration, Overrides } from './types';
import { explainOptions } from './values';

/** All options of an experiment. */
const configurationSchema = z.strictObject({
  data: dataOptions,
  encoder: encoderOptions,
  captioner: captionerOptions,
  training: trainingOptions,
  decoding: decodingOptions,
  /** folder of the trained model */
  model: z.string(),
});

const groups = ['data', 'encoder', 'captioner', 'training', 'decoding'] as const;

/**
 * The configuration of an experiment: defaults, then the preset of the data set or the one named, then the
 * environment variables DATASET, DATA_DIR and PRESET, then what is given here.
 *
 * @throws UserError that names an option that does not exist or is out of its range
 */
export function configure(overrides: Overrides = {}, environment = process.env): Configuration {
  const { preset: asked, ...given } = overrides;
  const dataset = given.data?.dataset ?? (environment['DATASET'] || 'scenes');
  const named = asked ?? (environment['PRESET'] || (dataset === 'scenes' ? 'scenes' : 'default'));
  const preset = Object.hasOwn(presets, named) ? presets[named] : undefined;
  if (!preset) {
    throw new UserError(`There is no preset "${named}": choose one of ${Object.keys(presets).join(', ')}.`);
  }
  const merged = Object.fromEntries(groups.map((group) => [group, { ...preset[group], ...given[group] }]));
  const data = { ...merged['data'], dataset, dataDir: dataFolder(dataset, given, preset, environment) };
  const model = given.model ?? preset.model ?? `models/${dataset}`;
  const options = { ...given, ...merged, data, model };
  const parsed = configurationSchema.safeParse(options);
  if (!parsed.success) throw new UserError(explainOptions(parsed.error, configurationSchema, options));
  return parsed.data;
}

function dataFolder(
  dataset: string,
  { data }: Overrides,
  preset: Overrides,
  environment: NodeJS.ProcessEnv,
): string {
  // The folder of a preset is one for scenes.
  const usual = (dataset === 'scenes' && preset.data?.dataDir) || `data/${dataset}`;
  return data?.dataDir ?? (environment['DATA_DIR'] || usual);
}
