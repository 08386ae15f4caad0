import { Command, Option } from 'commander';
import { z } from 'zod';
import { configure } from '../config/configuration';
import { captionerOptions } from '../config/captioner-options';
import { dataOptions, decodingOptions, encoderOptions, trainingOptions } from '../config/options';
import { presets } from '../config/presets';
import type { Configuration, Overrides } from '../config/types';
import { describeValues, parseValue } from '../config/values';

type Values = Record<string, unknown>;

/** The options of each group; of the captioners those that any kind has. */
const schemas = {
  data: dataOptions.shape,
  encoder: encoderOptions.shape,
  captioner: captionerShape(),
  training: trainingOptions.shape,
  decoding: decodingOptions.shape,
};

export type Group = keyof typeof schemas;

/**
 * Options whose flag has another name. `--model` is the folder of a model in all commands, and `--seed` is that of
 * training and sampling: another one must not make another validation split.
 */
const flagNames: Partial<Record<Group, Record<string, string>>> = {
  captioner: { model: 'captioner' },
  data: { seed: 'dataSeed' },
};

/** Defaults that depend on another option. */
const dependentDefaults: Record<string, string> = { dataDir: 'data/<dataset>' };

/**
 * Adds a flag for every option of the given groups, with the values and meaning that lib/config/options.ts says:
 * `batchSize` becomes `--batch-size`. A name that two groups have is one flag for both.
 * @param except options without a flag, because the command has no use for them
 */
export function addFlags(
  command: Command,
  groups: readonly Group[],
  { except = [] }: { except?: readonly string[] } = {},
): Command {
  const flags = new Map<string, { option: string; schema: z.ZodType; meanings: string[] }>();
  for (const group of groups) {
    for (const [option, schema] of optionsOf(group)) {
      if (except.includes(option)) continue;
      const name = flagNameOf(group, option);
      const known = flags.get(name);
      if (known) known.meanings.push(schema.description ?? '');
      else flags.set(name, { option, schema, meanings: [schema.description ?? ''] });
    }
  }
  for (const [name, { option, schema, meanings }] of flags) {
    command.addOption(flagOf(name, option, schema, meanings.join('; ')));
  }
  return command;
}

/** Adds `--preset`. */
export function addPresetFlag(command: Command): Command {
  const names = z.enum(Object.keys(presets));
  const meaning = `options that belong together [${describeValues(names)}; default: scenes for --dataset scenes, else default]`;
  return command
    .addOption(
      new Option('--preset <name>', meaning).argParser((text) => parseValue('--preset', text, names)),
    )
    .addHelpText(
      'after',
      '\nThe defaults above are those of the preset "default". Other presets have others: see lib/config/presets.ts.',
    );
}

/** The configuration that parsed flags mean. */
export function configurationOf(flags: Values, groups: readonly Group[]): Configuration {
  const overrides: Overrides = {
    ...(typeof flags['preset'] === 'string' ? { preset: flags['preset'] } : {}),
    ...(typeof flags['model'] === 'string' ? { model: flags['model'] } : {}),
  };
  for (const group of groups) overrides[group] = pick(flags, group);
  return configure(overrides);
}

/** The flags that are options of a group. */
export function pick(flags: Values, group: Group): Values {
  const given = optionsOf(group).map(([option]) => [option, flags[flagNameOf(group, option)]] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

function optionsOf(group: Group): [string, z.ZodType][] {
  return Object.entries<z.ZodType>(schemas[group]);
}

/** `model`, and every size that some captioner has, with the captioners that have it in its meaning. */
function captionerShape(): Record<string, z.ZodType> {
  const kinds = Object.entries(captionerOptions);
  const names = kinds.map(([name]) => name);
  const shape: Record<string, z.ZodType> = {
    model: z.enum(names).default('cross-attention').describe('kind of captioner'),
  };
  for (const option of new Set(kinds.flatMap(([, { shape }]) => Object.keys(shape)))) {
    if (option === 'model') continue;
    const having = kinds.filter(([, schema]) => option in schema.shape);
    const schema = (having[0][1].shape as Record<string, z.ZodType>)[option];
    const whose = having.length < kinds.length ? ` (${having.map(([name]) => name).join(', ')})` : '';
    shape[option] = schema.describe(`${schema.description}${whose}`);
  }
  return shape;
}

const flagNameOf = (group: Group, option: string) => flagNames[group]?.[option] ?? option;

function flagOf(name: string, optionName: string, schema: z.ZodType, meaning: string): Option {
  const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const { inner, initial } = unwrap(schema);
  const fallback = dependentDefaults[optionName] ?? describe(initial);
  const values = [describeValues(inner), `default: ${fallback}`].filter(Boolean).join('; ');
  const option = new Option(`${flag} <${kindOf(inner)}>`, `${meaning} [${values}]`);
  option.negate = false; // commander would take --no-repeat-ngram for the opposite of --repeat-ngram
  return option.argParser((text: string) => parseValue(flag, text, inner));
}

function unwrap(schema: z.ZodType): { inner: z.ZodType; initial: unknown } {
  if (!(schema instanceof z.ZodDefault)) return { inner: schema, initial: undefined };
  return { inner: schema.def.innerType as z.ZodType, initial: schema.def.defaultValue };
}

function describe(value: unknown): string {
  return value === '' ? 'empty' : Array.isArray(value) ? value.join(',') : String(value);
}

function kindOf(schema: z.ZodType): string {
  if (schema instanceof z.ZodNumber) return 'number';
  if (schema instanceof z.ZodBoolean) return 'boolean';
  if (schema instanceof z.ZodArray) return 'numbers';
  return schema instanceof z.ZodEnum ? 'name' : 'text';
}
