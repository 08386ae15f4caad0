import { z } from 'zod';
import { UserError } from '../errors';
import { lettersOf, nearestName } from '../nearest';
import { shownValue } from '../short-value';

/** The part of a JSON schema, from `z.toJSONSchema`, that describes the values of an option. */
interface JsonSchema {
  type?: string;
  enum?: unknown[];
  /** what stands between several of `enum`, where several may be given */
  joint?: string;
  items?: JsonSchema;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
}

/**
 * The values that an option takes: "an integer >= 1". Empty for any text.
 * @param list what a list is called: on the command line it is a text with commas
 */
export function describeValues(schema: z.ZodType, list = 'a list with commas'): string {
  return describe(z.toJSONSchema(schema) as JsonSchema, list);
}

/** The names that an option takes, where it takes no other values. */
export function namesOf(schema: z.ZodType): unknown[] | undefined {
  return (z.toJSONSchema(schema) as JsonSchema).enum;
}

/** Whether an option takes integers alone. */
export function isInteger(schema: z.ZodType): boolean {
  return (z.toJSONSchema(schema) as JsonSchema).type === 'integer';
}

/**
 * Parses the value of a flag.
 * @throws UserError that names the flag, what it expects and what it got
 */
export function parseValue(flag: string, text: string, schema: z.ZodType): unknown {
  const result = schema.safeParse(valueOf(text, schema));
  if (!result.success)
    throw new UserError(`${flag}: expected ${describeValues(schema) || 'a text'}, got "${text}".`);

  return result.data;
}

/**
 * The first error in some options as one sentence, for a UserError.
 * @param schema what the options were parsed with
 * @param options what was parsed
 */
export function explainOptions(error: z.ZodError, schema: z.ZodObject, options: unknown): string {
  const [issue] = error.issues;
  if (issue.code === 'unrecognized_keys') {
    const path = issue.path.map(String);
    const near = nearestOption(schema, path, issue.keys[0]);
    const meant = near === undefined ? '' : `did you mean ${near}? `;
    return `Unknown option ${[...path, issue.keys[0]].join('.')}: ${meant}docs/options.md lists all options.`;
  }
  let [of, value, name]: [z.ZodType, unknown, string[]] = [schema, options, []];
  for (const key of issue.path.map(String)) {
    if (!(of instanceof z.ZodObject)) break;
    const inner = (of.shape as Record<string, z.ZodType>)[key];
    of = inner instanceof z.ZodDefault ? (inner.unwrap() as z.ZodType) : inner;
    value = (value as Record<string, unknown>)[key];
    name = [...name, key];
  }
  return `Option ${name.join('.')}: expected ${describeValues(of, 'a list') || 'a text'}, got ${shownValue(value)}.`;
}

/** The option, as a path, that was meant by a name: one of the same group, or one that stands in another group. */
function nearestOption(schema: z.ZodObject, path: readonly string[], typed: string): string | undefined {
  const all = optionPaths(schema);
  const nameIn = (option: string) => option.split('.').at(-1)!;
  const inGroup = all.filter((option) => option === [...path, nameIn(option)].join('.'));
  const nearOf = (options: readonly string[]) => {
    const near = nearestName(typed, options.map(nameIn));
    return options.find((option) => nameIn(option) === near);
  };
  const same = (option: string) => lettersOf(nameIn(option)) === lettersOf(typed);
  return inGroup.find(same) ?? all.find(same) ?? nearOf(inGroup) ?? nearOf(all);
}

/** The paths of all options: `training.epochs`. */
function optionPaths({ shape }: z.ZodObject): string[] {
  return Object.entries(shape).flatMap(([name, of]) =>
    of instanceof z.ZodObject ? optionPaths(of).map((inner) => `${name}.${inner}`) : [name],
  );
}

function describe(schema: JsonSchema, list: string): string {
  if (schema.enum) {
    const several = schema.joint === undefined ? '' : `, or several with ${schema.joint} between them`;
    return `one of ${schema.enum.join(', ')}${several}`;
  }
  switch (schema.type) {
    case 'boolean':
      return 'true or false';
    case 'integer':
      return `an integer${rangeOf(schema)}`;
    case 'number':
      return `a number${rangeOf(schema)}`;
    case 'array':
      return `${list}, each ${describe(schema.items ?? {}, list)}`;
    default:
      return '';
  }
}

/** " >= 0 and < 1"; empty where there are no bounds. */
function rangeOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  const bounds: [sign: string, bound: number | undefined][] = [
    ['>=', minimum],
    ['>', exclusiveMinimum],
    ['<=', maximum],
    ['<', exclusiveMaximum],
  ];
  // Integers have the largest safe one as a bound of their own.
  const real = bounds.filter(([, bound]) => bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER);
  return real.length > 0 ? ` ${real.map(([sign, bound]) => `${sign} ${bound}`).join(' and ')}` : '';
}

function valueOf(text: string, schema: z.ZodType): unknown {
  if (schema instanceof z.ZodNumber) return numberOf(text);
  if (schema instanceof z.ZodBoolean) return text === 'true' ? true : text === 'false' ? false : text;
  if (schema instanceof z.ZodArray) return text.split(',').map(numberOf);
  return text;
}

const numberOf = (text: string) => (text.trim() === '' ? Number.NaN : Number(text));
