import { z } from 'zod';
import { namedOptions, type NamedOption } from '../config/named-options';
import { nearestName } from '../nearest';
import { isInteger, parseValue } from '../config/values';
import { UserError } from '../errors';
import type { Random } from '../random';

/** Numbers between two ends, both included. */
export interface Range {
  low: number;
  high: number;
  /** `log`: every factor is as likely as another of the same size */
  scale: 'linear' | 'log';
}

/** What is tried of one hyperparameter: some values, or any in a range. */
export type Tried = readonly unknown[] | Range;

/** What is tried, by the names of the options. */
export type SearchSpace = Record<string, Tried>;

/**
 * The search space that texts such as `learningRate=2e-4,5e-4`, `dropout=0.1:0.5` and `clipNorm=0.1:10:log` mean. Ranges
 * of learning rates are on a log scale. In the values of an option that is a list, `/` stands for its commas.
 * @throws UserError that names what is wrong
 */
export function parseSearchSpace(texts: readonly string[]): SearchSpace {
  const space: SearchSpace = {};
  for (const text of texts) {
    const [, name, values] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
    if (!name || values === undefined)
      throw new UserError(`--try: expected name=value,value,… or name=low:high, got "${text}".`);

    if (name in space) throw new UserError(`--try ${name} is given twice: list all its values in one.`);
    space[name] = parseTried(optionNamed(name), values);
  }
  return space;
}

/** @throws UserError that names the nearest option where there is none of this name */
export function optionNamed(name: string): NamedOption {
  const options = namedOptions();
  const option = options.find((one) => one.name === name);
  if (option) return option;
  // Of names that are as near, rather one that counts for every captioner.
  const [always, sometimes] = [
    options.filter((one) => !one.condition),
    options.filter((one) => one.condition),
  ];
  const names = [...always, ...sometimes].map((one) => one.name);
  const near = nearestName(name, names);
  const meant = near === undefined ? '' : `did you mean "${near}"? `; // quoted: --try takes names, not flags
  throw new UserError(`Unknown option "${name}": ${meant}docs/options.md lists all options.`);
}

export function isRange(tried: Tried): tried is Range {
  return !Array.isArray(tried);
}

/**
 * Checks the values or range to try, as far as a single trial's configuration does not.
 * @throws UserError where there is no value, or a range has no numbers
 */
export function checkTried(name: string, tried: Tried): void {
  const { schema } = optionNamed(name);
  if (!isRange(tried)) {
    if (tried.length === 0) throw new UserError(`No value of ${name} to try: give at least one.`);
    return;
  }
  const { low, high, scale } = tried;
  if (!(schema instanceof z.ZodNumber))
    throw new UserError(`Option ${name} is not a number and has no range: list its values.`);

  if (!(low < high))
    throw new UserError(`The range ${low}:${high} of ${name} is empty: give the smaller number first.`);

  if (scale === 'log' && low <= 0)
    throw new UserError(`The range of ${name}: expected a start > 0 on a log scale, got ${low}.`);
}

/** One of the values, or a number in the range, of three digits. */
export function draw(name: string, tried: Tried, random: Random): unknown {
  if (!isRange(tried)) return random.pick(tried);
  const { low, high, scale } = tried;
  if (isInteger(optionNamed(name).schema)) {
    // Each integer is as likely as the others, those at the ends too.
    const value = scale === 'log' ? between(low, high + 1, scale, random) : low + random.int(high - low + 1);
    return Math.min(high, Math.floor(value));
  }
  return Math.min(high, Math.max(low, Number(between(low, high, scale, random).toPrecision(3))));
}

function between(low: number, high: number, scale: Range['scale'], random: Random): number {
  const share = random.next();
  return scale === 'log' ? low * (high / low) ** share : low + share * (high - low);
}

function parseTried({ name, schema }: NamedOption, text: string): Tried {
  const parse = (part: string) => parseValue(`--try ${name}`, part, schema);
  if (schema instanceof z.ZodNumber && text.includes(':')) {
    const [low, high, scale = usualScale(name, schema), ...more] = text.split(':');
    if ((scale !== 'linear' && scale !== 'log') || more.length > 0) {
      throw new UserError(
        `--try ${name}: expected low:high, low:high:log or low:high:linear, got "${text}".`,
      );
    }
    return { low: parse(low) as number, high: parse(high) as number, scale };
  }
  const parts = text.split(',');
  return parts.map((part) => parse(schema instanceof z.ZodArray ? part.replaceAll('/', ',') : part));
}

/** Learning rates differ by factors; one that may be 0 is a share of another. */
function usualScale(name: string, schema: z.ZodType): string {
  return /learningRate$/i.test(name) && !schema.safeParse(0).success ? 'log' : 'linear';
}
