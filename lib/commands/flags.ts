import { Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { configure } from '../config/configuration';
import {
  captionerOptions,
  dataOptions,
  decodingOptions,
  encoderOptions,
  trainingOptions,
} from '../config/options';
import { presets } from '../config/presets';
import type { Configuration, Overrides } from '../config/types';

const schemas = {
  data: dataOptions,
  encoder: encoderOptions,
  captioner: captionerOptions,
  training: trainingOptions,
  decoding: decodingOptions,
};

export type Group = keyof typeof schemas;
type Values = Record<string, unknown>;

/** Options whose flag has another name: `--model` is the folder of a model in all commands. */
const flagNames: Record<string, string> = { model: 'captioner' };

/**
 * Adds a flag for every option of the given groups, with the range and meaning that lib/config/options.ts says:
 * `batchSize` becomes `--batch-size`. A name that several groups have, such as `seed`, is one flag for all.
 */
export function addFlags(command: Command, groups: readonly Group[]): Command {
  const seen = new Set<string>();
  for (const group of groups) {
    for (const [name, schema] of Object.entries(schemas[group].shape as Record<string, z.ZodType>)) {
      if (seen.has(name)) continue;
      seen.add(name);
      command.addOption(flagOf(name, schema));
    }
  }
  return command;
}

/** Adds `--preset` and `--model`. */
export function addExperimentFlags(command: Command): Command {
  return command
    .addOption(new Option('--preset <name>', 'options that belong together').choices(Object.keys(presets)))
    .option('--model <folder>', 'folder of the trained model');
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
  const given = Object.keys(schemas[group].shape).map(
    (name) => [name, flags[flagNames[name] ?? name]] as const,
  );
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

function flagOf(name: string, schema: z.ZodType): Option {
  const flag = `--${(flagNames[name] ?? name).replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const { inner, initial } = unwrap(schema);
  const meaning = `${schema.description ?? ''} (default: ${describe(initial)})`;
  const option = new Option(`${flag} <${kindOf(inner)}>`, meaning);
  if (inner instanceof z.ZodEnum) return option.choices(inner.options.map(String));
  return option.argParser((text: string) => parse(text, inner));
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
  if (schema instanceof z.ZodBoolean) return 'true|false';
  if (schema instanceof z.ZodArray) return 'numbers';
  return schema instanceof z.ZodEnum ? 'name' : 'text';
}

function parse(text: string, schema: z.ZodType): unknown {
  const value = valueOf(text, schema);
  const result = schema.safeParse(value);
  if (!result.success) throw new InvalidArgumentError(result.error.issues[0].message);
  return result.data;
}

function valueOf(text: string, schema: z.ZodType): unknown {
  if (schema instanceof z.ZodNumber) return text.trim() === '' ? Number.NaN : Number(text);
  if (schema instanceof z.ZodBoolean) return text === 'true' ? true : text === 'false' ? false : text;
  if (schema instanceof z.ZodArray) return text.split(',').map(Number);
  return text;
}
