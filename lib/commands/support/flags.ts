import { Command, Option } from 'commander';
import { z } from 'zod';
import { captionerDefinitions } from '../../captioners/registry';
import { configure } from '../../config/configuration';
import {
  namedOptions,
  overridesOf,
  type Group,
  type NamedOption,
  type NamedValues,
} from '../../config/named-options';
import { presets } from '../../config/presets';
import type { Configuration, Overrides } from '../../config/types';
import { datasetDefinitions } from '../../data/datasets/registry';
import { describeValues, namesOf, parseValue } from '../../config/values';

/** Defaults that depend on another option. */
const dependentDefaults: Record<string, string> = { dataDir: 'data/<dataset>' };

/**
 * Adds a flag for every option of the given groups, with the values and meaning of its schema:
 * `batchSize` becomes `--batch-size`. A name that two groups have is one flag for both.
 * @param except options without a flag, because the command has no use for them
 */
export function addFlags(
  command: Command,
  groups: readonly Group[],
  { except = [] }: { except?: readonly string[] } = {},
): Command {
  for (const option of namedOptions(groups))
    if (!except.includes(option.name)) command.addOption(flagOf(option));

  if (groups.includes('data')) command.addHelpText('after', helpList('Data sets', datasetHelp()));
  if (groups.includes('captioner')) command.addHelpText('after', helpList('Captioners', captionerHelp()));
  return command;
}

/** Names, and lines about each. */
function helpList(title: string, entries: (readonly [name: string, ...about: string[]])[]): string {
  return [`\n${title}:`, ...entries.map(([name, ...about]) => [`  ${name}`, ...about].join('\n    '))].join(
    '\n',
  );
}

const datasetHelp = () =>
  datasetDefinitions().map(
    ({ name, description, files }) => [name, description, `its folder has ${files}`] as const,
  );

const captionerHelp = () =>
  captionerDefinitions().map(({ name, title, description }) => [name, title, description] as const);

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
      '\nThe defaults above are those of the preset "default". Other presets have others: see docs/options.md.',
    );
}

/** The configuration that parsed flags give, with presets and defaults. */
export function configurationOf(flags: NamedValues, groups: readonly Group[]): Configuration {
  return configure(overridesOfFlags(flags, groups));
}

/** The options that parsed flags give, without presets and defaults. */
export function overridesOfFlags(flags: NamedValues, groups: readonly Group[]): Overrides {
  return {
    ...(typeof flags['preset'] === 'string' ? { preset: flags['preset'] } : {}),
    ...(typeof flags['model'] === 'string' ? { model: flags['model'] } : {}),
    ...overridesOf(flags, groups),
  };
}

function flagOf({ name, schema, initial, meaning }: NamedOption): Option {
  const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const fallback = dependentDefaults[name] ?? describe(initial);
  const values = [describeValues(schema), `default: ${fallback}`].filter(Boolean).join('; ');
  const option = new Option(`${flag} <${kindOf(schema)}>`, `${meaning} [${values}]`);
  option.negate = false; // commander would take --no-repeat-ngram for the opposite of --repeat-ngram
  return option.argParser((text: string) => parseValue(flag, text, schema));
}

function describe(value: unknown): string {
  return value === '' ? 'empty' : Array.isArray(value) ? value.join(',') : String(value);
}

function kindOf(schema: z.ZodType): string {
  if (schema instanceof z.ZodNumber) return 'number';
  if (schema instanceof z.ZodBoolean) return 'boolean';
  if (schema instanceof z.ZodArray) return 'numbers';
  return namesOf(schema) ? 'name' : 'text';
}
