import { UserError } from '../errors';
import type { Condition } from '../only-with';
import { namedOptions, optionGroups, type Group, type NamedOption, type NamedValues } from './named-options';

/** How a message names an option: as its user writes it. */
export type Spelling = (option: NamedOption) => string;

/** In a call of `configure`. */
export const pathSpelling: Spelling = ({ places: [{ group, option }] }) => `${group}.${option}`;

/** On the command line. */
export const flagSpelling: Spelling = ({ name }) => flagOf(name);

/** `batchSize` as a flag: `--batch-size`. */
export const flagOf = (name: string): string =>
  `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/**
 * The options that are given but have no effect beside the others.
 * @param given by name; an option that is given its default asks for nothing
 * @param values of all options, by name; the default counts for those that are missing
 */
export function unusedOptions(
  given: NamedValues,
  values: NamedValues,
  groups: readonly Group[] = optionGroups,
): NamedOption[] {
  const options = namedOptions(groups);
  return options.filter((option) => asksForSomething(option, given) && !hasEffect(option, values, options));
}

/** Whether an option has an effect beside the values of the others. */
export function hasEffect(
  { condition }: NamedOption,
  values: NamedValues,
  options: readonly NamedOption[] = namedOptions(),
): boolean {
  const other = options.find(({ name }) => name === condition?.option);
  if (!condition || !other) return true;
  const value = values[other.name] ?? other.initial;
  if (!other.schema.safeParse(value).success) return true; // which has an error of its own
  return condition.values.length > 0
    ? condition.values.includes(String(value))
    : String(value) !== String(other.initial);
}

/** @throws UserError for the first option that is given but has no effect */
export function refuseUnused(
  given: NamedValues,
  values: NamedValues,
  groups: readonly Group[] = optionGroups,
  spell: Spelling = flagSpelling,
): void {
  const [unused] = unusedOptions(given, values, groups);
  if (unused) throw new UserError(explainUnused(unused, values, groups, spell));
}

/** When an option counts, for help: "only with --method sample". */
export function describeCondition({ option, values }: Condition): string {
  return `only with ${[flagOf(option), values.join(', ')].filter(Boolean).join(' ')}`;
}

function asksForSomething({ name, initial, condition }: NamedOption, given: NamedValues): boolean {
  if (given[name] === undefined) return false;
  // A captioner does not know the sizes of another one, whatever their values.
  return condition?.option === 'captioner' || JSON.stringify(given[name]) !== JSON.stringify(initial);
}

function explainUnused(
  option: NamedOption,
  values: NamedValues,
  groups: readonly Group[],
  spell: Spelling,
): string {
  const condition = option.condition!;
  const other = namedOptions(groups).find(({ name }) => name === condition.option)!;
  if (condition.values.length === 0)
    return `${spell(option)} has no effect without ${spell(other)}: give both, or leave it out.`;

  const value = String(values[other.name] ?? other.initial);
  return (
    `${spell(option)} has no effect with ${spell(other)} ${value}: it counts with ` +
    `${spell(other)} ${condition.values.join(' or ')}.`
  );
}
