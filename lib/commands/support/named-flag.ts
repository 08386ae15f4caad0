import { Option } from 'commander';
import { z } from 'zod';
import type { NamedOption, NamedValues } from '../../config/named-options';
import { describeCondition, flagOf } from '../../config/unused-options';
import { describeValues, namesOf, parseValue } from '../../config/values';
import { pathOf, readPath, readPaths } from './user-path';

/** Options that are paths, with what finds them from where the user stands. The folder of drawn scenes need not be there yet. */
const paths: Partial<Record<string, (flag: string) => (typed: string) => string>> = {
  dataDir: () => pathOf,
  encoderWeights: readPaths,
  wordVectors: readPath,
};

/** The flag of an option; its help tells its values, the default in force and what makes it count. */
export class NamedFlag extends Option {
  constructor(private readonly named: NamedOption) {
    const { name, schema, meaning } = named;
    const flag = flagOf(name);
    super(`${flag} <${kindOf(schema)}>`, meaning);
    this.negate = false; // commander would take --no-repeat-ngram for the opposite of --repeat-ngram
    const asPath = paths[name]?.(flag);
    this.argParser((text: string) => (asPath && text !== '' ? asPath(text) : parseValue(flag, text, schema)));
  }

  /** Whether it has an effect whatever the other options are. */
  get alwaysCounts(): boolean {
    return this.named.condition === undefined;
  }

  described(defaults: NamedValues): string {
    const { name, schema, initial, meaning, condition } = this.named;
    const about = [
      describeValues(schema),
      `default: ${describe(defaults[name] ?? initial)}`,
      condition ? describeCondition(condition) : '',
    ];
    return `${meaning} [${about.filter(Boolean).join('; ')}]`;
  }
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
