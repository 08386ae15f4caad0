import { z } from 'zod';
import { captionerDefinitions, captionerNames } from '../captioners/registry';
import { dataOptions } from '../data/options';
import { decodingOptions } from '../decoding/options';
import { conditionOf, type Condition } from '../only-with';
import { trainingOptions } from '../training/options';
import { encoderOptions } from '../vision/options';
import type { Overrides } from './types';

export const optionGroups = ['data', 'encoder', 'captioner', 'training', 'decoding'] as const;

export type Group = (typeof optionGroups)[number];

/** Values of options by name. */
export type NamedValues = Record<string, unknown>;

/** An option by a name that is unique in all groups. */
export interface NamedOption {
  name: string;
  /** where it stands; the seed is one option of two groups */
  places: { group: Group; option: string }[];
  /** of its values */
  schema: z.ZodType;
  /** undefined where it has no default */
  initial: unknown;
  meaning: string;
  /** what makes it count; undefined: it always does */
  condition?: Condition;
}

/**
 * Options with another name. `model` is the folder of a model in all commands, and `seed` is that of training and
 * sampling: another one must not make another validation split.
 */
const otherNames: Partial<Record<Group, Record<string, string>>> = {
  captioner: { name: 'captioner' },
  data: { seed: 'dataSeed' },
};

/** Names that are one option of several groups: the seed of training and sampling. */
const SHARED_NAMES = ['seed'];

/**
 * The options of the given groups (default: all).
 * @throws Error where two groups have an option of the same name that they are not meant to share
 */
export function namedOptions(groups: readonly Group[] = optionGroups): NamedOption[] {
  const options = new Map<string, NamedOption>();
  for (const group of groups) {
    for (const { option, schema, meaning, condition } of optionsOf(group)) {
      const name = nameOf(group, option);
      const known = options.get(name);
      if (known) {
        if (!SHARED_NAMES.includes(name)) {
          throw new Error(
            `The option "${name}" of the group "${group}" (${meaning}) has the name of one of the group "${known.places[0].group}" (${known.meaning}): choose another name.`,
          );
        }
        known.places.push({ group, option });
        known.meaning += `; ${meaning}`;
        delete known.condition; // it counts in one of its groups at least
      } else {
        options.set(name, { name, places: [{ group, option }], meaning, condition, ...unwrap(schema) });
      }
    }
  }
  return [...options.values()];
}

/** The values that are options of a group. */
export function pick(values: NamedValues, group: Group): NamedValues {
  const given = optionsOf(group).map(({ option }) => [option, values[nameOf(group, option)]] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** What `configure` takes, from values by name. */
export function overridesOf(values: NamedValues, groups: readonly Group[] = optionGroups): Overrides {
  return Object.fromEntries(groups.map((group) => [group, pick(values, group)]));
}

/** Values of options by name, from those of each group. */
export function namedValues(
  values: Partial<Record<Group, object>>,
  groups: readonly Group[] = optionGroups,
): NamedValues {
  const entries = groups.flatMap((group) =>
    Object.entries(values[group] ?? {}).map(([option, value]) => [nameOf(group, option), value] as const),
  );
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function nameOf(group: Group, option: string): string {
  return otherNames[group]?.[option] ?? option;
}

/** An option of a group. */
interface GroupOption {
  option: string;
  /** with its default */
  schema: z.ZodType;
  meaning: string;
  condition: Condition | undefined;
}

function optionsOf(group: Group): GroupOption[] {
  if (group === 'captioner') return captionerGroup();
  const { shape } = {
    data: dataOptions,
    encoder: encoderOptions,
    training: trainingOptions,
    decoding: decodingOptions,
  }[group];
  return Object.entries<z.ZodType>(shape).map(([option, schema]) => ({
    option,
    schema,
    meaning: schema.description ?? '',
    condition: conditionOf(schema),
  }));
}

function unwrap(schema: z.ZodType): { schema: z.ZodType; initial: unknown } {
  if (!(schema instanceof z.ZodDefault)) return { schema, initial: undefined };
  return { schema: schema.def.innerType as z.ZodType, initial: schema.def.defaultValue };
}

/** `name`, and every option of the captioners that are registered now; one that not all have counts with those alone. */
function captionerGroup(): GroupOption[] {
  const names = captionerNames();
  const options: GroupOption[] = [
    {
      option: 'name',
      schema: z.enum(names).default(names[0]),
      meaning: 'kind of captioner',
      condition: undefined,
    },
  ];
  const definitions = captionerDefinitions();
  for (const option of new Set(definitions.flatMap((one) => Object.keys(one.options.shape)))) {
    if (option === 'name') continue;
    const having = definitions.filter((one) => option in one.options.shape);
    const schema = having[0].options.shape[option];
    const some = { option: 'captioner', values: having.map(({ name }) => name) };
    const condition = having.length < names.length ? some : conditionOf(schema);
    options.push({ option, schema, meaning: schema.description ?? '', condition });
  }
  return options;
}
