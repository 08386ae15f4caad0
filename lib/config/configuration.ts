import { z } from 'zod';
import { UserError } from '../errors';
import { captionerOptions, dataOptions, decodingOptions, encoderOptions, trainingOptions } from './options';
import { presets } from './presets';
import type { Configuration, Overrides } from './types';

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
  const dataset = overrides.data?.dataset ?? environment['DATASET'] ?? 'scenes';
  const named = overrides.preset ?? environment['PRESET'] ?? (dataset === 'scenes' ? 'scenes' : 'default');
  const preset: Overrides | undefined = presets[named];
  if (!preset) {
    throw new UserError(`There is no preset "${named}": choose one of ${Object.keys(presets).join(', ')}.`);
  }
  const merged = Object.fromEntries(
    groups.map((group) => [group, { ...preset[group], ...overrides[group] }]),
  );
  const dataDir = environment['DATA_DIR'] ?? `data/${dataset}`;
  const data = { dataset, dataDir, ...merged['data'] };
  const model = overrides.model ?? preset.model ?? `models/${dataset}`;
  const parsed = configurationSchema.safeParse({ ...merged, data, model });
  if (!parsed.success) throw new UserError(explain(parsed.error));
  return parsed.data;
}

/** One sentence about the first thing that is wrong. */
function explain(error: z.ZodError): string {
  const [issue] = error.issues;
  const name = issue.path.map(String).join('.');
  return `The option ${name || 'given'} is not right (${issue.message}): see lib/config/options.ts.`;
}
