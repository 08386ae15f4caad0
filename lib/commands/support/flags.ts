import { Command, Help, Option } from 'commander';
import { z } from 'zod';
import { captionerDefinitions } from '../../captioners/registry';
import { configure, valuesOf } from '../../config/configuration';
import { namedOptions, pick, overridesOf, type Group, type NamedValues } from '../../config/named-options';
import { presets } from '../../config/presets';
import type { Configuration, Overrides } from '../../config/types';
import { datasetDefinitions } from '../../data/datasets/registry';
import { flagSpelling, refuseUnused } from '../../config/unused-options';
import { describeValues, parseValue } from '../../config/values';
import { helpWidth } from './command-line';
import { NamedFlag } from './named-flag';

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
    if (!except.includes(option.name)) command.addOption(new NamedFlag(option));

  command.configureHelp({
    ...command.configureHelp(),
    optionDescription: (option) =>
      option instanceof NamedFlag
        ? option.described(defaultsInForce(command.opts(), groups))
        : new Help().optionDescription(option),
  });

  if (groups.includes('data')) command.addHelpText('after', helpList('Data sets', datasetHelp()));
  if (groups.includes('captioner')) command.addHelpText('after', helpList('Captioners', captionerHelp()));
  return command;
}

/** Names, and lines about each, wrapped. */
function helpList(title: string, entries: (readonly [name: string, ...about: string[]])[]): string {
  const indented = (text: string) => new Help().boxWrap(text, helpWidth() - 4).replace(/^/gm, '    ');
  return [
    `\n${title}:`,
    ...entries.map(([name, ...about]) => [`  ${name}`, ...about.map(indented)].join('\n')),
  ].join('\n');
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
      '\nThe defaults above are those of the data set, captioner and preset on the\nsame line: add others to see theirs.',
    );
}

/** The configuration that parsed flags give, with presets and defaults. */
export function configurationOf(flags: NamedValues, groups: readonly Group[]): Configuration {
  return configure(overridesOfFlags(flags, groups), process.env, flagSpelling);
}

/**
 * For a command without presets: the options of a group that parsed flags give.
 * @throws UserError where one has no effect beside the others
 */
export function pickFlags(flags: NamedValues, group: Group): NamedValues {
  refuseUnused(flags, flags, [group]);
  return pick(flags, group);
}

/** The options that parsed flags give, without presets and defaults. */
export function overridesOfFlags(flags: NamedValues, groups: readonly Group[]): Overrides {
  return {
    ...(typeof flags['preset'] === 'string' ? { preset: flags['preset'] } : {}),
    ...(typeof flags['model'] === 'string' ? { model: flags['model'] } : {}),
    ...overridesOf(flags, groups),
  };
}

/** Defaults by name, of the preset, data set and captioner among the flags given, or that the environment asks for. */
function defaultsInForce(flags: NamedValues, groups: readonly Group[]): NamedValues {
  if (!groups.includes('data')) return {}; // such a command takes no presets
  const { preset, dataset, captioner } = flags as Record<string, string | undefined>;
  return valuesOf({ preset, data: { dataset }, captioner: { name: captioner } });
}
