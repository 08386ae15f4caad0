import { z } from 'zod';
import { UserError } from '../errors';

/** What `z.toJSONSchema` says about the values of an option. */
interface JsonSchema {
  type?: string;
  enum?: unknown[];
  items?: JsonSchema;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
}

/** The values that an option takes, in words: "a whole number from 1". Empty for any text. */
export function describeValues(schema: z.ZodType): string {
  return inWords(z.toJSONSchema(schema) as JsonSchema);
}

/** Does the option take whole numbers alone? */
export function isWhole(schema: z.ZodType): boolean {
  return (z.toJSONSchema(schema) as JsonSchema).type === 'integer';
}

/**
 * The value that the text of a flag means.
 * @throws UserError that names flag, text and what to give
 */
export function parseValue(flag: string, text: string, schema: z.ZodType): unknown {
  const result = schema.safeParse(valueOf(text, schema));
  if (!result.success)
    throw new UserError(`${flag} can't be "${text}": give ${describeValues(schema) || 'a text'}.`);

  return result.data;
}

/**
 * One sentence about the first thing that is wrong with options, for a UserError.
 * @param schema what the options were parsed with
 * @param options what was parsed
 */
export function explainOptions(error: z.ZodError, schema: z.ZodObject, options: unknown): string {
  const [issue] = error.issues;
  if (issue.code === 'unrecognized_keys') {
    const name = [...issue.path, issue.keys[0]].join('.');
    return `There is no option ${name}: see lib/config/options.ts for those that there are.`;
  }
  let [of, value, name]: [z.ZodType, unknown, string[]] = [schema, options, []];
  for (const key of issue.path.map(String)) {
    if (!(of instanceof z.ZodObject)) break;
    const inner = (of.shape as Record<string, z.ZodType>)[key];
    of = inner instanceof z.ZodDefault ? (inner.unwrap() as z.ZodType) : inner;
    value = (value as Record<string, unknown>)[key];
    name = [...name, key];
  }
  return `The option ${name.join('.')} can't be ${JSON.stringify(value)}: give ${describeValues(of) || 'a text'}.`;
}

function inWords(schema: JsonSchema): string {
  if (schema.enum) return `one of ${schema.enum.join(', ')}`;
  switch (schema.type) {
    case 'boolean':
      return 'true or false';
    case 'integer':
      return `a whole number${rangeOf(schema)}`;
    case 'number':
      return `a number${rangeOf(schema)}`;
    case 'array':
      return `one or more with commas between, each ${inWords(schema.items ?? {})}`;
    default:
      return '';
  }
}

/** Begins with a blank; empty where there are no bounds. */
function rangeOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  const lowest = bound(minimum);
  const highest = bound(maximum);
  const from =
    lowest !== undefined
      ? `from ${lowest}`
      : exclusiveMinimum !== undefined
        ? `above ${exclusiveMinimum}`
        : '';
  const to =
    highest !== undefined
      ? `to ${highest}`
      : exclusiveMaximum !== undefined
        ? `below ${exclusiveMaximum}`
        : '';
  return [from, to]
    .filter(Boolean)
    .map((end) => ` ${end}`)
    .join('');
}

/** Whole numbers have the largest safe one as a bound of their own; it says nothing. */
function bound(value: number | undefined): number | undefined {
  return value === undefined || Math.abs(value) === Number.MAX_SAFE_INTEGER ? undefined : value;
}

function valueOf(text: string, schema: z.ZodType): unknown {
  if (schema instanceof z.ZodNumber) return numberOf(text);
  if (schema instanceof z.ZodBoolean) return text === 'true' ? true : text === 'false' ? false : text;
  if (schema instanceof z.ZodArray) return text.split(',').map(numberOf);
  return text;
}

const numberOf = (text: string) => (text.trim() === '' ? Number.NaN : Number(text));
