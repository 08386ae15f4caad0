import { z } from 'zod';
import { captionerOptions } from './captioner-options';
import { dataOptions, decodingOptions, encoderOptions, trainingOptions } from './options';
import type { Overrides } from './types';

/** The options of each group; of the captioners those that any kind has. */
const schemas = {
  data: dataOptions.shape,
  encoder: encoderOptions.shape,
  captioner: captionerShape(),
  training: trainingOptions.shape,
  decoding: decodingOptions.shape,
};

export type Group = keyof typeof schemas;

export const optionGroups = Object.keys(schemas) as Group[];

/** Values of options by name. */
export type NamedValues = Record<string, unknown>;

/** An option by the name that tells it apart from those of all groups. */
export interface NamedOption {
  name: string;
  /** where it stands; a name that two groups have is one option of both */
  places: { group: Group; option: string }[];
  /** of its values */
  schema: z.ZodType;
  /** undefined where it has no default */
  initial: unknown;
  meaning: string;
}

/**
 * Options with another name. `model` is the folder of a model in all commands, and `seed` is that of training and
 * sampling: another one must not make another validation split.
 */
const otherNames: Partial<Record<Group, Record<string, string>>> = {
  captioner: { name: 'captioner' },
  data: { seed: 'dataSeed' },
};

/** The options of all groups. */
export const allOptions: readonly NamedOption[] = namedOptions(optionGroups);

/** The options of the given groups. */
export function namedOptions(groups: readonly Group[]): NamedOption[] {
  const options = new Map<string, NamedOption>();
  for (const group of groups) {
    for (const [option, whole] of optionsOf(group)) {
      const name = nameOf(group, option);
      const meaning = whole.description ?? '';
      const known = options.get(name);
      if (known) {
        known.places.push({ group, option });
        known.meaning += `; ${meaning}`;
      } else {
        options.set(name, { name, places: [{ group, option }], meaning, ...unwrap(whole) });
      }
    }
  }
  return [...options.values()];
}

/** The values that are options of a group. */
export function pick(values: NamedValues, group: Group): NamedValues {
  const given = optionsOf(group).map(([option]) => [option, values[nameOf(group, option)]] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** What `configure` takes, from values by name. */
export function overridesOf(values: NamedValues, groups: readonly Group[] = optionGroups): Overrides {
  return Object.fromEntries(groups.map((group) => [group, pick(values, group)]));
}

function nameOf(group: Group, option: string): string {
  return otherNames[group]?.[option] ?? option;
}

function optionsOf(group: Group): [string, z.ZodType][] {
  return Object.entries<z.ZodType>(schemas[group]);
}

function unwrap(schema: z.ZodType): { schema: z.ZodType; initial: unknown } {
  if (!(schema instanceof z.ZodDefault)) return { schema, initial: undefined };
  return { schema: schema.def.innerType as z.ZodType, initial: schema.def.defaultValue };
}

/** `name`, and every size that some captioner has, with the captioners that have it in its meaning. */
function captionerShape(): Record<string, z.ZodType> {
  const kinds = Object.entries(captionerOptions);
  const names = kinds.map(([name]) => name);
  const shape: Record<string, z.ZodType> = {
    name: z.enum(names).default('cross-attention').describe('kind of captioner'),
  };
  for (const option of new Set(kinds.flatMap(([, { shape }]) => Object.keys(shape)))) {
    if (option === 'name') continue;
    const having = kinds.filter(([, schema]) => option in schema.shape);
    const schema = (having[0][1].shape as Record<string, z.ZodType>)[option];
    const whose = having.length < kinds.length ? ` (${having.map(([name]) => name).join(', ')})` : '';
    shape[option] = schema.describe(`${schema.description}${whose}`);
  }
  return shape;
}
